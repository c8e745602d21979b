import { type Kysely, sql } from 'kysely';

/** No foreign keys and no unique name, for the reason given with the work items. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE components (
      id uuid PRIMARY KEY,
      parent_project_id uuid NOT NULL,
      project_name text NOT NULL,
      remote_origin text NOT NULL,
      name text NOT NULL,
      path text NOT NULL,
      kind text NOT NULL,
      enabled boolean NOT NULL,
      linked_project_id uuid,
      metadata jsonb NOT NULL CHECK (jsonb_typeof(metadata) = 'object'),
      created_at timestamptz(3) NOT NULL,
      updated_at timestamptz(3) NOT NULL,
      revision integer NOT NULL,
      position bigint NOT NULL
    )`.execute(db);
  await sql`
    CREATE TABLE component_relationships (
      id uuid PRIMARY KEY,
      source_component_id uuid NOT NULL,
      source_component_name text NOT NULL,
      target_component_id uuid NOT NULL,
      target_component_name text NOT NULL,
      relationship_type text NOT NULL,
      metadata jsonb NOT NULL CHECK (jsonb_typeof(metadata) = 'object'),
      created_at timestamptz(3) NOT NULL,
      position bigint NOT NULL
    )`.execute(db);
  for (const index of [
    sql`CREATE INDEX components_created ON components (created_at, id)`,
    sql`CREATE INDEX components_parent ON components (parent_project_id, created_at, id)`,
    sql`CREATE INDEX components_kind ON components (kind)`,
    sql`CREATE INDEX component_relationships_source
        ON component_relationships (source_component_id)`,
    sql`CREATE INDEX component_relationships_target
        ON component_relationships (target_component_id)`,
  ]) {
    await index.execute(db);
  }
}
