import { Kysely } from 'kysely';
import type { ReadModels } from '../projections/tables.ts';

/** The read models of the live generation: a `Kysely` that was given their schema. */
export type ReadDatabase = Kysely<ReadModels>;

/** Where a query can be a statement of its own, or a part of another. */
export type Reader = Pick<ReadDatabase, 'selectFrom' | 'selectNoFrom' | 'with'>;

/** Whether a reader shows the read models as they are, and not as of a moment. */
export const isNow = (from: Reader): from is ReadDatabase => from instanceof Kysely;
