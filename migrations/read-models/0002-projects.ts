import { type Kysely, sql } from 'kysely';

/**
 * A project keeps its origin for ever, so `origin_key` can be unique here: no order of writes
 * makes two rows meet. Should a second project come with a taken origin all the same, its stream
 * is parked and shows.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE projects (
      id uuid PRIMARY KEY,
      name text NOT NULL,
      remote_origin text NOT NULL,
      origin_key text NOT NULL,
      default_branch text NOT NULL,
      trunk_path text NOT NULL,
      description text,
      metadata jsonb NOT NULL CHECK (jsonb_typeof(metadata) = 'object'),
      active boolean NOT NULL,
      created_at timestamptz(3) NOT NULL,
      updated_at timestamptz(3) NOT NULL,
      revision integer NOT NULL,
      position bigint NOT NULL
    )`.execute(db);
  await sql`CREATE UNIQUE INDEX projects_origin_key ON projects (origin_key)`.execute(db);
  await sql`CREATE INDEX projects_created ON projects (created_at, id)`.execute(db);
  await sql`CREATE INDEX projects_name_trgm ON projects USING gin (name gin_trgm_ops)`.execute(db);
  await sql`
    CREATE INDEX projects_origin_trgm ON projects USING gin (remote_origin gin_trgm_ops)
  `.execute(db);
  await sql`
    CREATE INDEX projects_metadata ON projects USING gin (metadata jsonb_path_ops)
  `.execute(db);
}
