import type { Pool } from 'pg';
import { liveSchema as live } from '../src/projections/tables.ts';
import { fillLinks } from './fill-links.ts';

export const projectCount = 2_000;
export const itemsPerProject = 10;

/** What the read models were filled with, to ask for. */
export interface Filled {
  readonly projectIds: readonly string[];
  readonly origins: readonly string[];
  readonly workItemIds: readonly string[];
  readonly tickets: readonly string[];
  /** Parts of names, some of them misspelt. */
  readonly searches: readonly string[];
}

const first = ['amber', 'basalt', 'cobalt', 'dapper', 'ember', 'fallow', 'granite', 'hollow'];
const second = ['billing', 'checkout', 'ledger', 'gateway', 'notifier', 'registry', 'scheduler'];
const searches = ['ledger', 'cobalt-gateway', 'chekout', 'registry-17', 'granit', 'notifier-1'];

/**
 * Fills the live read models as projects of ten work items each would: eight active, five of them
 * not clean; a ticket that Plane told of for each, three commits, a pull request for every second,
 * and one deploy of each project's last.
 */
export async function fillReadModels(pool: Pool): Promise<Filled> {
  const client = await pool.connect();
  try {
    await client.query(`SET search_path = ${live}, public`);
    for (const statement of statements) await client.query(statement);
    await client.query('RESET search_path');
  } finally {
    client.release();
  }
  await fillLinks(pool);
  await pool.query('VACUUM ANALYZE');
  const some = async (sql: string): Promise<string[]> =>
    (await pool.query<{ value: string }>(sql)).rows.map(({ value }) => value);
  return {
    projectIds: await some(`SELECT id::text AS value FROM ${live}.projects ORDER BY id`),
    origins: await some(`SELECT remote_origin AS value FROM ${live}.projects ORDER BY id`),
    workItemIds: await some(`SELECT id::text AS value FROM ${live}.work_items ORDER BY id`),
    tickets: await some(`SELECT plane_ticket_id AS value FROM ${live}.ticket_links ORDER BY id`),
    searches,
  };
}

const wordOf = (words: readonly string[], index: string) =>
  `(ARRAY[${words.map((word) => `'${word}'`).join(',')}])[1 + (${index}) % ${words.length}]`;

const statements = [
  `INSERT INTO projects
   SELECT gen_random_uuid(), name, 'git@github.com:33god-bench/' || name || '.git',
     'github.com/33god-bench/' || name, 'main', '/srv/code/' || name || '/trunk-main',
     'Filled in by the bench', '{"team": "core"}', true, now(), now(), 0, n
   FROM generate_series(1, ${projectCount}) AS n, LATERAL (
     SELECT ${wordOf(first, 'n / 250')} || '-' || ${wordOf(second, 'n')} || '-' || n AS name
   ) AS named`,
  `INSERT INTO work_items (id, project_id, project_name, remote_origin, branch_name, work_type,
     source_type, source_ref, owner_id, worktree_path, has_uncommitted_changes,
     uncommitted_files_count, ahead_of_trunk, behind_trunk, last_commit_hash, last_commit_message,
     last_sync_at, last_activity_at, completed_at, completion_type, completed_by,
     merge_commit_hash, metadata, active, created_at, updated_at, revision, position)
   SELECT gen_random_uuid(), id, name, remote_origin, 'feature/part-' || n, 'feature',
     'plane_ticket', 'BENCH-' || (position * 10 + n), 'agent-' || position % 100,
     '/srv/code/' || name || '/part-' || n, n < 2, CASE WHEN n < 2 THEN 3 ELSE 0 END,
     CASE WHEN n < 4 THEN n ELSE 0 END, CASE WHEN n < 5 THEN n / 2 ELSE 0 END,
     md5(name || n), 'Do part ' || n, now(), now(),
     CASE WHEN n >= 8 THEN now() END, CASE WHEN n >= 8 THEN 'merged' END,
     CASE WHEN n >= 8 THEN 'ada' END, CASE WHEN n >= 8 THEN md5('merge' || name || n) END,
     '{"plan": "bench"}', n < 8, now() + n * interval '1 ms', now(), 5, position * 100 + n
   FROM projects, generate_series(0, ${itemsPerProject - 1}) AS n`,
  `INSERT INTO ticket_links
   SELECT gen_random_uuid(), id, source_ref, 'What to do', NULL, '{}', now(), position
   FROM work_items`,
  `INSERT INTO tickets
   SELECT source_ref, gen_random_uuid(), project_id, position, 'What to do',
     'https://plane.example.com/bench/' || source_ref, 'In Progress', 'started', now(), NULL,
     now(), now(), 0, position
   FROM work_items`,
  'INSERT INTO ticket_versions SELECT * FROM tickets',
  `INSERT INTO pr_links (id, work_item_id, project_id, pr_number, pr_url, pr_state, pr_title,
     metadata, created_at, updated_at, position)
   SELECT gen_random_uuid(), id, project_id, position,
     'https://github.com/33god-bench/' || project_name || '/pull/' || position,
     CASE WHEN active THEN 'open' ELSE 'merged' END, 'Do it', '{}', now(), now(), position
   FROM work_items WHERE position % 2 = 0`,
  `INSERT INTO commits
   SELECT gen_random_uuid(), id, md5(project_name || branch_name || n), 'Do step ' || n, 'ada',
     '["src/a.ts", "src/b.ts"]', now(), now(), position, n
   FROM work_items, generate_series(1, 3) AS n`,
  `INSERT INTO deploys
   SELECT gen_random_uuid(), 'deploy-' || position, 'production', last_commit_hash, now(), 'success',
     project_id, project_name, remote_origin, '{}', now(), now(), 0, position
   FROM work_items WHERE position % 100 = ${itemsPerProject - 1}`,
  `INSERT INTO deploy_commits (id, deploy, hash, place, told_at, position)
   SELECT gen_random_uuid(), deploys.id, commits.hash, commits.place, now(), commits.position
   FROM deploys JOIN work_items AS item ON item.position = deploys.position
   JOIN commits ON commits.work_item_id = item.id`,
];
