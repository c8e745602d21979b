import { type Kysely, sql } from 'kysely';
import type { Tables } from './database.ts';

/** One generation of the read models: the live one, or one that is being built beside it. */
export interface Generation {
  readonly db: Kysely<Tables>;
  readonly schema: string;
}

/** A table of a generation, for raw SQL. */
export const tableOf = (schema: string, table: string) => sql.table(`${schema}.${table}`);

/** Removes a generation, if there is one in that schema. */
export async function dropGeneration({ db, schema }: Generation): Promise<void> {
  await sql`DROP SCHEMA IF EXISTS ${sql.id(schema)} CASCADE`.execute(db);
}
