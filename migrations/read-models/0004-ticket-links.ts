import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE ticket_links (
      id uuid PRIMARY KEY,
      work_item_id uuid NOT NULL,
      plane_ticket_id text NOT NULL,
      ticket_title text,
      ticket_url text,
      metadata jsonb NOT NULL CHECK (jsonb_typeof(metadata) = 'object'),
      created_at timestamptz(3) NOT NULL,
      position bigint NOT NULL
    )`.execute(db);
  await sql`CREATE INDEX ticket_links_ticket ON ticket_links (plane_ticket_id)`.execute(db);
  await sql`CREATE INDEX ticket_links_work_item ON ticket_links (work_item_id)`.execute(db);
}
