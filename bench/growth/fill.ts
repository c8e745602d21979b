import type { Pool } from 'pg';
import { liveSchema } from '../../src/projections/tables.ts';
import { fillLinks } from '../fill-links.ts';

export interface Size {
  readonly projects: number;
  readonly workItems: number;
}

/** As many agents are at work however much work is done: so many of the newest items are active. */
export const activeItems = 100;

const tables = [
  ...['projects', 'work_items', 'ticket_links', 'pr_links', 'commits'],
  ...['deploys', 'deploy_commits', 'work_item_links'],
];

/**
 * Puts rows into the live read models as if that many work items had been projected: two commits
 * and a ticket each, a pull request for every second, a deploy for every twentieth. What was there
 * is gone. Half of the active items are in flight.
 */
export async function fill(pool: Pool, { projects, workItems }: Size): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`CREATE SCHEMA IF NOT EXISTS bench; SET search_path = ${liveSchema}, bench`);
    await client.query(functions);
    await client.query(`TRUNCATE ${tables.join(', ')}`);
    const indexes = await client.query(plainIndexes, [liveSchema, tables]);
    for (const { name } of indexes.rows) await client.query(`DROP INDEX ${name}`);
    await client.query(projectRows, [projects]);
    await client.query(workItemRows, [projects, workItems, workItems - activeItems]);
    for (const statement of partRows) await client.query(statement, [workItems]);
    for (const { definition } of indexes.rows) await client.query(definition);
    await fillLinks(pool);
    // Not while it is measured.
    for (const table of tables) await client.query(`VACUUM (ANALYZE) ${table}`);
  } finally {
    client.release(true);
  }
}

/** Those that can be made again when the rows are there, which is far quicker. */
const plainIndexes = `
  SELECT indexname AS name, indexdef AS definition FROM pg_indexes
  WHERE schemaname = $1 AND tablename = ANY($2)
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname)`;

/** Ids as scattered as iMi's own, and times a minute apart that end now. */
const functions = `
  CREATE OR REPLACE FUNCTION bench.id_of(kind text, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
    SELECT overlay(overlay(md5(kind || n) PLACING '5' FROM 13) PLACING '8' FROM 17)::uuid $$;
  CREATE OR REPLACE FUNCTION bench.hash_of(n bigint, place int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT md5(place || 'commit' || n) || substr(md5('commit' || n), 1, 8) $$;
  CREATE OR REPLACE FUNCTION bench.time_of(n bigint, total bigint) RETURNS timestamptz STABLE LANGUAGE sql AS $$
    SELECT now() - (total - n) * interval '1 minute' $$`;

const projectRows = `
  INSERT INTO projects (id, name, remote_origin, origin_key, default_branch, trunk_path, metadata,
    active, created_at, updated_at, revision, position)
  SELECT id_of('project', n), 'growth-' || n, 'https://github.com/33god-growth/p' || n,
    'github.com/33god-growth/p' || n, 'main', '/src/p' || n, '{}', true,
    time_of(n, $1), time_of(n, $1), 0, 0
  FROM generate_series(1, $1::bigint) AS n`;

const workItemRows = `
  INSERT INTO work_items (id, project_id, project_name, remote_origin, branch_name, work_type,
    source_type, source_ref, owner_id, has_uncommitted_changes, ahead_of_trunk, behind_trunk,
    last_activity_at, completed_at, completion_type, completed_by, metadata, active, created_at,
    updated_at, revision, position)
  SELECT id_of('work', n), id_of('project', 1 + n % $1), 'growth-' || (1 + n % $1),
    'https://github.com/33god-growth/p' || (1 + n % $1), 'feat/b' || n, 'feature',
    'plane_ticket', 'GROW-' || n, 'agent-' || (n % 200), false, n % 2, 0,
    time_of(n, $2), CASE WHEN n <= $3 THEN time_of(n, $2) END,
    CASE WHEN n <= $3 THEN 'merged' END, CASE WHEN n <= $3 THEN 'ada' END, '{}', n > $3,
    time_of(n, $2), time_of(n, $2), 0, 0
  FROM generate_series(1, $2::bigint) AS n, (SELECT $3::bigint) AS active`;

const partRows = [
  `INSERT INTO ticket_links (id, work_item_id, plane_ticket_id, metadata, created_at, position)
   SELECT id_of('ticket', n), id_of('work', n), 'GROW-' || n, '{}', time_of(n, $1), 0
   FROM generate_series(1, $1::bigint) AS n`,
  `INSERT INTO commits (id, work_item_id, hash, message, seen_at, position, place)
   SELECT id_of('commit' || place, n), id_of('work', n), hash_of(n, place), 'Do a part of it',
     time_of(n, $1), 0, place
   FROM generate_series(1, $1::bigint) AS n, generate_series(0, 1) AS place`,
  `INSERT INTO pr_links (id, work_item_id, project_id, pr_number, pr_url, pr_state, metadata,
     created_at, updated_at, position)
   SELECT id_of('pr', n), id, project_id, n, remote_origin || '/pull/' || n, 'merged', '{}',
     created_at, updated_at, 0
   FROM generate_series(2, $1::bigint, 2) AS n JOIN work_items ON id = id_of('work', n)`,
  `INSERT INTO deploys (id, deploy_id, environment, commit_hash, deployed_at, result, metadata,
     created_at, updated_at, revision, position)
   SELECT id_of('deploy', n), 'growth-' || n, 'production', hash_of(n, 0), time_of(n, $1),
     'success', '{}', time_of(n, $1), time_of(n, $1), 0, 0
   FROM generate_series(20, $1::bigint, 20) AS n`,
  `INSERT INTO deploy_commits (id, deploy, hash, place, told_at, position)
   SELECT id_of('shipped', n), id_of('deploy', n), hash_of(n, 0), 0, time_of(n, $1), 0
   FROM generate_series(20, $1::bigint, 20) AS n`,
];
