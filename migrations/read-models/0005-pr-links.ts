import { type Kysely, sql } from 'kysely';

/** A pull request belongs to one work item: the write side's reservations see to that. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE pr_links (
      id uuid PRIMARY KEY,
      work_item_id uuid NOT NULL,
      project_id uuid NOT NULL,
      pr_number integer NOT NULL,
      pr_url text NOT NULL,
      pr_state text NOT NULL CHECK (pr_state IN ('open', 'merged', 'closed')),
      pr_title text,
      merge_commit_hash text,
      merged_by text,
      metadata jsonb NOT NULL CHECK (jsonb_typeof(metadata) = 'object'),
      created_at timestamptz(3) NOT NULL,
      updated_at timestamptz(3) NOT NULL,
      position bigint NOT NULL
    )`.execute(db);
  await sql`CREATE INDEX pr_links_pr ON pr_links (pr_number, project_id)`.execute(db);
  await sql`CREATE INDEX pr_links_work_item ON pr_links (work_item_id)`.execute(db);
  await sql`CREATE INDEX pr_links_url ON pr_links (pr_url)`.execute(db);
}
