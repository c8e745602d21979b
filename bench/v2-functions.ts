import type { Pool } from 'pg';
import { liveSchema as live } from '../src/projections/tables.ts';

/**
 * What v2 answered the same questions with: plain tables, here with the rows of the read models, and
 * a function for each. It had none for a trace; this one joins what hangs on a ticket.
 */
export async function createV2Functions(pool: Pool): Promise<void> {
  await pool.query(`
    CREATE SCHEMA v2;
    CREATE TABLE v2.projects AS SELECT id, name, remote_origin, default_branch, trunk_path,
      description, metadata, active, created_at, updated_at FROM ${live}.projects;
    CREATE TABLE v2.worktrees AS SELECT id, project_id, branch_name AS name, work_type AS type,
      branch_name, worktree_path AS path, owner_id AS agent_id, has_uncommitted_changes,
      uncommitted_files_count, ahead_of_trunk, behind_trunk, last_commit_hash, last_commit_message,
      last_sync_at, metadata, active, source_ref AS ticket, created_at, updated_at
      FROM ${live}.work_items;
    CREATE TABLE v2.commits AS
      SELECT work_item_id AS worktree_id, hash, message, author_name, committed_at
      FROM ${live}.commits;
    CREATE TABLE v2.pull_requests AS
      SELECT work_item_id AS worktree_id, pr_number, pr_url, pr_state, pr_title
      FROM ${live}.pr_links;
    ALTER TABLE v2.projects ADD PRIMARY KEY (id);
    ALTER TABLE v2.worktrees ADD PRIMARY KEY (id);
    CREATE INDEX ON v2.projects USING gin (name gin_trgm_ops);
    CREATE INDEX ON v2.projects USING gin (remote_origin gin_trgm_ops);
    CREATE INDEX ON v2.worktrees (project_id) WHERE active;
    CREATE INDEX ON v2.worktrees (ticket);
    CREATE INDEX ON v2.commits (worktree_id);
    CREATE INDEX ON v2.pull_requests (worktree_id);
    CREATE FUNCTION v2.get_inflight_work(p_project uuid) RETURNS SETOF v2.worktrees AS $$
    BEGIN
      RETURN QUERY SELECT * FROM v2.worktrees AS w
        WHERE w.project_id = p_project AND w.active
          AND (w.has_uncommitted_changes OR w.ahead_of_trunk > 0 OR w.behind_trunk > 0)
        ORDER BY w.updated_at DESC;
    END $$ LANGUAGE plpgsql STABLE;
    CREATE FUNCTION v2.search_projects(p_query text, p_limit int) RETURNS SETOF v2.projects AS $$
    BEGIN
      RETURN QUERY SELECT * FROM v2.projects AS p
        WHERE p.active AND (p.name % p_query OR p.name ILIKE '%' || p_query || '%'
          OR p.remote_origin ILIKE '%' || p_query || '%')
        ORDER BY similarity(p.name, p_query) DESC LIMIT p_limit;
    END $$ LANGUAGE plpgsql STABLE;
    CREATE FUNCTION v2.get_ticket_trace(p_ticket text) RETURNS jsonb AS $$
    BEGIN
      RETURN (SELECT jsonb_agg(to_jsonb(w) || jsonb_build_object(
          'commits', (SELECT jsonb_agg(to_jsonb(c)) FROM v2.commits AS c WHERE c.worktree_id = w.id),
          'prs', (SELECT jsonb_agg(to_jsonb(r)) FROM v2.pull_requests AS r
            WHERE r.worktree_id = w.id)))
        FROM v2.worktrees AS w WHERE w.ticket = p_ticket);
    END $$ LANGUAGE plpgsql STABLE`);
  await pool.query('VACUUM ANALYZE');
}
