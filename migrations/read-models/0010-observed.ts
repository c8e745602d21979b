import { type Kysely, sql } from 'kysely';

/**
 * What is observed of work, and of what nobody registered. Files are kept as long as their work is
 * active: they tell who else is at the same file, and nobody is any more once the work has ended.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE work_items
      ADD COLUMN pushed_head_hash text,
      ADD COLUMN pushed_at timestamptz(3),
      ADD COLUMN branch_deleted_at timestamptz(3)`.execute(db);
  await sql`
    ALTER TABLE pr_links
      ADD COLUMN head_commit_hash text,
      ADD COLUMN pr_updated_at timestamptz(3)`.execute(db);
  // A branch is also looked for by its name alone.
  await sql`DROP INDEX work_items_branch`.execute(db);
  await sql`CREATE INDEX work_items_branch ON work_items (branch_name, project_id)`.execute(db);
  // A view's columns are fixed when it is made.
  await sql`DROP VIEW inflight_work`.execute(db);
  await sql`
    CREATE VIEW inflight_work AS SELECT * FROM work_items WHERE active AND status <> 'clean'
  `.execute(db);
  await sql`
    CREATE TABLE touched_files (
      id uuid PRIMARY KEY,
      work_item_id uuid NOT NULL,
      project_id uuid NOT NULL,
      path text NOT NULL,
      touched_at timestamptz(3) NOT NULL,
      position bigint NOT NULL
    )`.execute(db);
  await sql`CREATE INDEX touched_files_path ON touched_files (project_id, path)`.execute(db);
  await sql`CREATE INDEX touched_files_work_item ON touched_files (work_item_id)`.execute(db);
  await sql`
    CREATE TABLE untracked_work (
      id uuid PRIMARY KEY,
      remote_origin text,
      origin_key text,
      branch_name text,
      worktree_path text,
      host text,
      agent_ids jsonb NOT NULL,
      commit_count integer NOT NULL,
      file_count integer NOT NULL,
      prs jsonb NOT NULL,
      git_state jsonb,
      head_commit_hash text,
      pushed_at timestamptz(3),
      branch_deleted_at timestamptz(3),
      first_seen_at timestamptz(3) NOT NULL,
      last_activity_at timestamptz(3) NOT NULL,
      observations integer NOT NULL,
      joined_work_item_id uuid,
      revision integer NOT NULL,
      position bigint NOT NULL
    )`.execute(db);
  for (const index of [
    sql`CREATE INDEX untracked_work_seen ON untracked_work (first_seen_at, id)
      WHERE joined_work_item_id IS NULL`,
    sql`CREATE INDEX untracked_work_branch ON untracked_work (origin_key, branch_name)
      WHERE joined_work_item_id IS NULL`,
    sql`CREATE INDEX untracked_work_checkout ON untracked_work (worktree_path)
      WHERE joined_work_item_id IS NULL`,
    // A sighting in a checkout names no branch.
    sql`CREATE INDEX work_items_checkout ON work_items (worktree_path) WHERE active`,
  ]) {
    await index.execute(db);
  }
}
