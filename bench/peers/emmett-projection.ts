import { SQL } from '@event-driven-io/dumbo';
import { postgreSQLRawSQLProjection } from '@event-driven-io/emmett-postgresql';
import type { GitStateUpdated } from './git-state.ts';

/** The row of a work item, written in a transaction with what it was made from. */
export const workItems = postgreSQLRawSQLProjection<GitStateUpdated>({
  name: 'work_items',
  canHandle: ['git_state_updated'],
  init: () => SQL`
    CREATE TABLE IF NOT EXISTS emmett_work_items (
      id uuid PRIMARY KEY, project_id uuid NOT NULL, project_name text NOT NULL,
      remote_origin text NOT NULL, branch_name text NOT NULL, owner_id text NOT NULL,
      has_uncommitted_changes boolean NOT NULL, uncommitted_files_count integer NOT NULL,
      ahead_of_trunk integer NOT NULL, behind_trunk integer NOT NULL, last_commit_hash text,
      last_commit_message text, last_sync_at timestamptz NOT NULL)`,
  evolve: ({ data }) => SQL`
    INSERT INTO emmett_work_items VALUES (
      ${data.work_item_id}, ${data.project_id}, ${data.project_name}, ${data.remote_origin},
      ${data.branch_name}, ${data.owner_id}, ${data.has_uncommitted_changes},
      ${data.uncommitted_files_count}, ${data.ahead_of_trunk}, ${data.behind_trunk},
      ${data.last_commit_hash}, ${data.last_commit_message}, ${data.last_sync_at})
    ON CONFLICT (id) DO UPDATE SET
      has_uncommitted_changes = excluded.has_uncommitted_changes,
      uncommitted_files_count = excluded.uncommitted_files_count,
      ahead_of_trunk = excluded.ahead_of_trunk, behind_trunk = excluded.behind_trunk,
      last_commit_hash = excluded.last_commit_hash,
      last_commit_message = excluded.last_commit_message, last_sync_at = excluded.last_sync_at`,
});
