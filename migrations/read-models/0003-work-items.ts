import { type Kysely, sql } from 'kysely';

/**
 * `status` and `advice` are generated (spec/domain.md), so they can be indexed and never disagree
 * with the facts. Nothing is left to do on a completed item: its advice is `idle`.
 *
 * One active item per (project, branch) is the write side's rule, kept by its reservations. It is
 * no constraint here, and there are no foreign keys: while a stream is parked its row stands still
 * in the past, still holding its branch, and a constraint would then stop the stream that rightly
 * took the branch over. One bad event stops only its own stream.
 *
 * Git state changes every few seconds. The only index that looks at it is the one on `status`,
 * and only a change of status touches that; all other updates stay on their page (HOT), for which
 * fillfactor leaves room.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE work_items (
      id uuid PRIMARY KEY,
      project_id uuid NOT NULL,
      project_name text NOT NULL,
      remote_origin text NOT NULL,
      branch_name text NOT NULL,
      work_type text NOT NULL,
      source_type text NOT NULL,
      source_ref text,
      owner_id text NOT NULL,
      worktree_path text,
      worktree jsonb,
      has_uncommitted_changes boolean NOT NULL,
      uncommitted_files_count integer CHECK (uncommitted_files_count >= 0),
      ahead_of_trunk integer NOT NULL CHECK (ahead_of_trunk >= 0),
      behind_trunk integer NOT NULL CHECK (behind_trunk >= 0),
      last_commit_hash text,
      last_commit_message text,
      last_sync_at timestamptz(3),
      last_activity_at timestamptz(3) NOT NULL,
      completed_at timestamptz(3),
      completion_type text,
      completed_by text,
      merge_commit_hash text,
      metadata jsonb NOT NULL CHECK (jsonb_typeof(metadata) = 'object'),
      active boolean NOT NULL,
      created_at timestamptz(3) NOT NULL,
      updated_at timestamptz(3) NOT NULL,
      revision integer NOT NULL,
      position bigint NOT NULL,
      status text NOT NULL GENERATED ALWAYS AS (
        CASE
          WHEN completion_type IS NOT NULL THEN completion_type
          WHEN has_uncommitted_changes THEN 'uncommitted'
          WHEN ahead_of_trunk > 0 AND behind_trunk > 0 THEN 'diverged'
          WHEN ahead_of_trunk > 0 THEN 'ahead'
          WHEN behind_trunk > 0 THEN 'behind'
          ELSE 'clean'
        END
      ) STORED,
      advice text NOT NULL GENERATED ALWAYS AS (
        CASE
          WHEN completion_type IS NOT NULL THEN 'idle'
          WHEN has_uncommitted_changes THEN 'busy'
          WHEN behind_trunk > 0 THEN 'needs_rebase'
          WHEN ahead_of_trunk > 0 THEN 'ready_for_pr'
          ELSE 'idle'
        END
      ) STORED,
      CHECK (active = (completion_type IS NULL))
    ) WITH (fillfactor = 70)`.execute(db);
  for (const index of [
    sql`CREATE INDEX work_items_created ON work_items (created_at, id)`,
    sql`CREATE INDEX work_items_project ON work_items (project_id, created_at, id)`,
    sql`CREATE INDEX work_items_branch ON work_items (project_id, branch_name) WHERE active`,
    sql`CREATE INDEX work_items_owner ON work_items (owner_id) WHERE active`,
    sql`CREATE INDEX work_items_source ON work_items (source_type, source_ref) WHERE active`,
    sql`CREATE INDEX work_items_status ON work_items (status, project_id) WHERE active`,
  ]) {
    await index.execute(db);
  }
  await sql`
    CREATE VIEW inflight_work AS SELECT * FROM work_items WHERE active AND status <> 'clean'
  `.execute(db);
}
