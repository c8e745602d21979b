import { type Kysely, sql } from 'kysely';

/**
 * `id` is what the ticket goes by: its key, or Plane's own id. A link may name either, so both lead
 * here.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE tickets (
      id text PRIMARY KEY,
      plane_issue_id uuid,
      plane_project_id uuid,
      sequence_id integer,
      ticket_title text,
      ticket_url text,
      ticket_state text,
      ticket_state_group text,
      plane_updated_at timestamptz(3),
      deleted_at timestamptz(3),
      created_at timestamptz(3) NOT NULL,
      updated_at timestamptz(3) NOT NULL,
      revision integer NOT NULL,
      position bigint NOT NULL
    )`.execute(db);
  await sql`CREATE INDEX tickets_issue ON tickets (plane_issue_id)`.execute(db);
  await sql`CREATE INDEX tickets_issue_text ON tickets ((plane_issue_id::text))`.execute(db);
  await sql`
    CREATE INDEX tickets_unnamed ON tickets (plane_project_id) WHERE id = plane_issue_id::text
  `.execute(db);
}
