import { type Kysely, sql } from 'kysely';

/**
 * Every commit a work item is known by: pushed, the head of a checkout, or what it was merged as.
 * One place for all of them means one index to find work by a commit, and none on the git state.
 *
 * Hashes come short or in full, so they are looked up by the 7 digits that all of them have.
 * A branch is traced to all work that was ever done on it, so its index is no longer partial.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE commits (
      id uuid PRIMARY KEY,
      work_item_id uuid NOT NULL,
      hash text NOT NULL,
      message text,
      author_name text,
      files jsonb,
      committed_at timestamptz(3),
      seen_at timestamptz(3) NOT NULL,
      position bigint NOT NULL,
      place integer NOT NULL
    )`.execute(db);
  await sql`CREATE INDEX commits_hash ON commits (left(hash, 7))`.execute(db);
  await sql`CREATE INDEX commits_work_item ON commits (work_item_id)`.execute(db);
  await sql`DROP INDEX work_items_branch`.execute(db);
  await sql`
    CREATE INDEX work_items_branch ON work_items (project_id, branch_name)
  `.execute(db);
}
