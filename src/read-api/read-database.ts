import type { Kysely } from 'kysely';
import type { ReadModels } from '../projections/tables.ts';

/** The read models of the live generation: a `Kysely` that was given their schema. */
export type ReadDatabase = Kysely<ReadModels>;

/** Where a query can be a statement of its own, or a part of another. */
export type Reader = Pick<ReadDatabase, 'selectFrom'>;
