import { type Kysely, sql } from 'kysely';

/** Which generations of the read models exist and what became of them; for people and the CLI. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE generations (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      schema_name text NOT NULL,
      state text NOT NULL CHECK (state IN ('live', 'retired')),
      position bigint,
      started_at timestamptz(3) NOT NULL DEFAULT now(),
      updated_at timestamptz(3) NOT NULL DEFAULT now()
    )`.execute(db);
  await sql`
    CREATE UNIQUE INDEX generations_schema ON generations (schema_name) WHERE state <> 'retired'
  `.execute(db);
}
