import { type Kysely, sql } from 'kysely';
import type { Tables } from './database.ts';

/** One generation of the read models: the live one, or one that is being built beside it. */
export interface Generation {
  readonly db: Kysely<Tables>;
  readonly schema: string;
  /** Tables that are filled later: of a generation that is being built. */
  readonly postponed?: ReadonlySet<string>;
}

/** A table of a generation, for raw SQL. */
export const tableOf = (schema: string, table: string) => sql.table(`${schema}.${table}`);

/** Removes a generation, if there is one in that schema. */
export async function dropGeneration({ db, schema }: Generation): Promise<void> {
  await sql`DROP SCHEMA IF EXISTS ${sql.id(schema)} CASCADE`.execute(db);
}

/** Whether a generation has a table; none has any in a schema that is not there. */
export async function hasTable({ db, schema }: Generation, table: string): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    SELECT to_regclass(${`${schema}.${table}`}) IS NOT NULL AS found`.execute(db);
  return rows[0]?.found ?? false;
}

/**
 * Notes which code builds a generation. The note is a comment on the schema, so that it goes where
 * the schema goes and ends with it.
 */
export async function noteBuilder({ db, schema }: Generation, fingerprint: string): Promise<void> {
  await sql`COMMENT ON SCHEMA ${sql.id(schema)} IS ${sql.lit(fingerprint)}`.execute(db);
}

/** Which code has built a generation; null when there is none, or it was never noted. */
export async function builderOf({ db, schema }: Generation): Promise<string | null> {
  const { rows } = await sql<{ builder: string | null }>`
    SELECT obj_description(oid, 'pg_namespace') AS builder
    FROM pg_namespace WHERE nspname = ${schema}`.execute(db);
  return rows[0]?.builder ?? null;
}
