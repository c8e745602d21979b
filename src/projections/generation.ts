import { type Kysely, sql } from 'kysely';
import type { Tables } from './database.ts';

/** One generation of the read models: the live one, or one that is being built beside it. */
export interface Generation {
  readonly db: Kysely<Tables>;
  readonly schema: string;
}

/** A table of a generation, for raw SQL. */
export const tableOf = (schema: string, table: string) => sql.table(`${schema}.${table}`);
