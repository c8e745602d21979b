/** Views of links, pull requests and work items, each with the JSON that iMi shows of a row. */
export const shownItems = `
  CREATE FUNCTION same.time(timestamptz) RETURNS text STABLE LANGUAGE sql AS
    $$ SELECT to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

  CREATE VIEW same.links AS
    SELECT l.id, l.work_item_id, l.created_at, to_json(link) AS link
    FROM ticket_links AS l
    JOIN work_items AS w ON w.id = l.work_item_id
    LEFT JOIN tickets AS t ON t.id = l.plane_ticket_id
    CROSS JOIN LATERAL (
      SELECT l.id, l.id AS link_id, l.work_item_id, l.plane_ticket_id,
        coalesce(l.ticket_title, t.ticket_title) AS ticket_title,
        coalesce(l.ticket_url, t.ticket_url) AS ticket_url, t.ticket_state, t.ticket_state_group,
        same.time(t.deleted_at) AS ticket_deleted_at, same.time(t.created_at) AS ticket_observed_at,
        CASE WHEN t.created_at <= w.created_at THEN 'before_work'
          WHEN t.created_at > w.created_at THEN 'after_work' END AS ticket_observed,
        l.metadata, same.time(l.created_at) AS created_at
    ) AS link;

  CREATE VIEW same.prs AS
    SELECT p.*, to_json(pr) AS pr FROM pr_links AS p CROSS JOIN LATERAL (
      SELECT p.id, p.id AS link_id, p.id AS pr_link_id, p.work_item_id, p.project_id, p.pr_number,
        p.pr_url, p.pr_state, p.pr_title, p.head_commit_hash,
        same.time(p.pr_updated_at) AS pr_updated_at, p.merge_commit_hash, p.merged_by, p.metadata,
        same.time(p.created_at) AS created_at, same.time(p.updated_at) AS updated_at
    ) AS pr;

  CREATE VIEW same.items AS
    SELECT w.id, w.project_id, w.branch_name, w.active, w.status, w.created_at, to_json(item) AS item
    FROM work_items AS w
    LEFT JOIN LATERAL (
      SELECT json_agg(pr ORDER BY prs.created_at, prs.id) FILTER (WHERE pr_state = 'open') AS open,
        count(*) FILTER (WHERE pr_state = 'merged') > 0 AS is_merged,
        array_agg(head_commit_hash) FILTER (WHERE pr_state = 'merged')
          || array_agg(merge_commit_hash) FILTER (WHERE pr_state = 'merged') AS heads
      FROM same.prs AS prs WHERE prs.work_item_id = w.id
    ) AS pr ON true
    CROSS JOIN LATERAL (
      SELECT array_remove(pr.heads || w.merge_commit_hash, NULL) AS merged
    ) AS known
    CROSS JOIN LATERAL (
      SELECT array_remove(ARRAY[
        CASE WHEN NOT pr.is_merged THEN 'pr_not_merged' END,
        CASE WHEN pr.open IS NOT NULL THEN 'pr_open' END,
        CASE WHEN w.last_sync_at IS NULL THEN 'git_state_unknown' END,
        CASE WHEN w.has_uncommitted_changes THEN 'uncommitted_changes' END,
        CASE WHEN w.last_commit_hash IS NULL OR cardinality(known.merged) = 0 THEN 'head_unknown'
          WHEN NOT EXISTS (SELECT FROM unnest(known.merged) AS hash
            WHERE starts_with(hash, w.last_commit_hash) OR starts_with(w.last_commit_hash, hash))
          THEN 'head_not_merged' END,
        CASE WHEN w.last_activity_at > w.last_sync_at THEN 'owner_busy' END
      ], NULL) AS blockers,
      CASE WHEN NOT w.active THEN NULL WHEN w.branch_deleted_at IS NOT NULL THEN 'branch_deleted'
        WHEN greatest(w.last_activity_at, w.last_sync_at) < now() - interval '7 days' THEN 'silent'
      END AS stale_reason
    ) AS stands
    CROSS JOIN LATERAL (
      SELECT w.id, w.id AS work_item_id, w.project_id, w.project_name, w.remote_origin,
        w.branch_name, w.work_type,
        json_build_object('type', w.source_type, 'ref', w.source_ref) AS source,
        w.owner_id, w.worktree_path, w.worktree, w.has_uncommitted_changes,
        w.uncommitted_files_count, w.ahead_of_trunk, w.behind_trunk, w.last_commit_hash,
        w.last_commit_message, same.time(w.last_sync_at) AS last_sync_at,
        same.time(w.last_activity_at) AS last_activity_at, w.pushed_head_hash,
        same.time(w.pushed_at) AS pushed_at, same.time(w.branch_deleted_at) AS branch_deleted_at,
        w.status, w.advice, stands.stale_reason IS NOT NULL AS stale, stands.stale_reason,
        cardinality(stands.blockers) = 0 AS safe_to_clean,
        stands.blockers AS safe_to_clean_blockers, w.active,
        same.time(w.completed_at) AS completed_at, w.completion_type, w.completed_by,
        w.merge_commit_hash, w.metadata,
        (SELECT coalesce(json_agg(link ORDER BY links.created_at, links.id), '[]')
         FROM same.links AS links WHERE links.work_item_id = w.id) AS tickets,
        coalesce(pr.open, '[]') AS open_prs,
        same.time(w.created_at) AS created_at, same.time(w.updated_at) AS updated_at, w.revision
    ) AS item;`;
