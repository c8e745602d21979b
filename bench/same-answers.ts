import type { Pool } from 'pg';
import { liveSchema as live } from '../src/projections/tables.ts';
import { shownItems } from './shown-items.ts';

/** Settings of connections for `sameAnswers`: those that iMi's reads have, and where the views are. */
export const sameOptions =
  `-c timezone=UTC -c search_path=${live},same,public ` +
  '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off';

/** Makes the views that `sameAnswers` read. */
export async function createSameAnswers(pool: Pool): Promise<void> {
  await pool.query(`CREATE SCHEMA same; SET search_path = ${live}, same, public;
    ${shownItems} RESET search_path`);
}

/**
 * Statements that answer what iMi answers, to the last field, from its read models: PostgreSQL writes
 * the whole JSON text. What is left out is what the filled read models have none of: tickets with
 * two names, and searches that no name is like.
 */
export const sameAnswers = {
  inflight: `
    SELECT json_build_object('items', coalesce(json_agg(item ORDER BY created_at, id), '[]'),
      'total', count(*), 'offset', 0, 'limit', 500)::text AS answer
    FROM same.items
    WHERE project_id = $1::uuid AND active AND status <> 'clean'`,
  search: `
    WITH found AS (
      SELECT p.*, count(*) OVER () AS total,
        (p.name ILIKE '%' || $1::text || '%')::int + similarity(p.name, $1::text) AS rank
      FROM projects AS p
      WHERE p.active AND (p.name ILIKE '%' || $1::text || '%' OR p.name % $1::text
        OR p.name %> $1::text OR p.remote_origin ILIKE '%' || $1::text || '%')
      ORDER BY rank DESC, p.created_at, p.id LIMIT $2::int
    )
    SELECT json_build_object('items', coalesce(json_agg(item ORDER BY rank DESC, found.created_at, found.id), '[]'),
      'total', coalesce(max(total), 0), 'offset', 0, 'limit', $2::int)::text AS answer
    FROM found, LATERAL (
      SELECT found.id, found.id AS project_id, found.name, found.remote_origin,
        found.default_branch, found.trunk_path, found.description, found.metadata, found.active,
        count(*) AS active_work_items,
        count(*) FILTER (WHERE work.status <> 'clean') AS inflight_work_items,
        same.time(found.created_at) AS created_at, same.time(found.updated_at) AS updated_at,
        found.revision
      FROM work_items AS work WHERE work.project_id = found.id AND work.active
    ) AS item`,
  trace: `
    WITH chained AS MATERIALIZED (
      SELECT items.*, links.link FROM ticket_links AS named
      JOIN same.items ON items.id = named.work_item_id
      JOIN same.links ON links.id = named.id
      WHERE named.plane_ticket_id = $1::text
    )
    SELECT json_build_object('entity', json_build_object('type', 'ticket', 'id', $1::text),
      'chain', json_build_object(
        'tickets', (SELECT coalesce(json_agg(ticket), '[]') FROM (
          SELECT link->>'plane_ticket_id' AS plane_ticket_id, link->'ticket_title' AS ticket_title,
            link->'ticket_url' AS ticket_url, link->'ticket_state' AS ticket_state,
            link->'ticket_state_group' AS ticket_state_group,
            link->'ticket_deleted_at' AS ticket_deleted_at,
            link->'ticket_observed_at' AS ticket_observed_at,
            link->'ticket_observed' AS ticket_observed
          FROM chained LIMIT 1) AS ticket),
        'work_items', (SELECT coalesce(json_agg(item ORDER BY created_at, id), '[]') FROM chained),
        'commits', (SELECT coalesce(json_agg(told), '[]') FROM (
          SELECT work_item_id, chained.branch_name, hash, message, author_name, files,
            same.time(committed_at) AS committed_at, same.time(seen_at) AS seen_at
          FROM chained JOIN commits ON commits.work_item_id = chained.id
          ORDER BY commits.position, commits.place, commits.id) AS told),
        'prs', (SELECT coalesce(json_agg(prs.pr ORDER BY prs.created_at, prs.id), '[]')
          FROM chained JOIN same.prs ON prs.work_item_id = chained.id),
        'deploys', (SELECT coalesce(json_agg(shown), '[]') FROM (
          SELECT d.id, d.id AS link_id, d.deploy_id, d.environment, d.commit_hash,
            (SELECT coalesce(json_agg(hash ORDER BY place), '[]') FROM deploy_commits
             WHERE deploy = d.id AND place > 0) AS deployment_commits,
            same.time(d.deployed_at) AS deployed_at, d.result, d.project_id, d.project_name,
            d.remote_origin, d.metadata,
            (SELECT json_agg(work_item_id ORDER BY work_item_id) FROM deploy_links
             WHERE deploy = d.id) AS work_item_ids,
            same.time(d.created_at) AS created_at, same.time(d.updated_at) AS updated_at, d.revision
          FROM deploys AS d WHERE d.id IN (
            SELECT deploy FROM deploy_links WHERE work_item_id = ANY(ARRAY(SELECT id FROM chained)))
          ORDER BY d.deployed_at, d.id) AS shown)))::text AS answer`,
};
