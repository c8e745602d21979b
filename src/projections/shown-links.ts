import { type RawBuilder, sql } from 'kysely';
import { tableOf } from './generation.ts';
import { versionedTables } from './versioned-tables.ts';

type Table = RawBuilder<unknown>;

/** Where links, and what they tell of, are read. */
export interface LinkTables {
  readonly work_items: Table;
  readonly ticket_links: Table;
  readonly tickets: Table;
  readonly pr_links: Table;
  /** All that tickets ever were: its index leads from Plane's ids to names. */
  readonly ticket_versions: Table;
}

/** Those of a generation. */
export const linkTablesOf = (schema: string): LinkTables => ({
  work_items: tableOf(schema, 'work_items'),
  ticket_links: tableOf(schema, 'ticket_links'),
  tickets: tableOf(schema, 'tickets'),
  pr_links: tableOf(schema, 'pr_links'),
  ticket_versions: tableOf(schema, versionedTables.tickets.versions),
});

/**
 * Links of work items to tickets, as the API shows them. What the link itself does not say is shown
 * as Plane says it.
 */
export const ticketLinksShown = (tables: LinkTables) => sql`(
  SELECT l.id, l.id AS link_id, l.work_item_id, l.plane_ticket_id,
    coalesce(l.ticket_title, t.ticket_title) AS ticket_title,
    coalesce(l.ticket_url, t.ticket_url) AS ticket_url,
    t.ticket_state, t.ticket_state_group, t.ticket_deleted_at, t.ticket_observed_at,
    CASE WHEN t.first_observed_at <= w.created_at THEN 'before_work'
      WHEN t.first_observed_at > w.created_at THEN 'after_work' END AS ticket_observed,
    l.metadata, ${utc(sql`l.created_at`)} AS created_at
  FROM ${tables.ticket_links} AS l
  LEFT JOIN ${tables.work_items} AS w ON w.id = l.work_item_id
  LEFT JOIN LATERAL ${ticketShown(tables, sql`l.plane_ticket_id`)} AS t ON true
)`;

/** Links of work items to pull requests, as the API shows them. */
export const prLinksShown = ({ pr_links }: LinkTables) => sql`(
  SELECT id, id AS link_id, id AS pr_link_id, work_item_id, project_id, pr_number, pr_url, pr_state,
    pr_title, head_commit_hash, ${utc(sql`pr_updated_at`)} AS pr_updated_at,
    merge_commit_hash, merged_by, metadata,
    ${utc(sql`created_at`)} AS created_at, ${utc(sql`updated_at`)} AS updated_at
  FROM ${pr_links} AS shown
)`;

const issueForm = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';

/** The issue that a name is when it is Plane's own id, else null. */
export const issueNamed = (name: RawBuilder<unknown>) =>
  sql`CASE WHEN ${name} ~ ${sql.lit(issueForm)} THEN ${name}::uuid END`;

/**
 * What Plane has told of the ticket that goes by a name, its key or Plane's own id; no row, when
 * nothing. A ticket that was first heard of by Plane's id and got its key later has two rows, and is
 * one ticket: as its lasting name tells of it, and known since the first of them.
 */
export const ticketShown = ({ tickets, ticket_versions }: LinkTables, name: RawBuilder<unknown>) =>
  sql`(
  SELECT told.id AS plane_ticket_id, told.ticket_title, told.ticket_url, told.ticket_state,
    told.ticket_state_group, ${utc(sql`told.deleted_at`)} AS ticket_deleted_at,
    ${utc(sql`told.first_observed_at`)} AS ticket_observed_at, told.first_observed_at
  FROM (
    SELECT named.*, min(named.created_at) OVER () AS first_observed_at
    FROM (
      SELECT CASE WHEN own.id IS NULL THEN ${issueNamed(sql`asked.name`)}
        ELSE own.plane_issue_id END AS id, asked.name
      FROM (SELECT ${name} AS name) AS asked LEFT JOIN ${tickets} AS own ON own.id = asked.name
    ) AS issue
    JOIN ${tickets} AS named ON named.id = ANY(ARRAY(
      SELECT issue.name UNION ALL
      SELECT version.id FROM ${ticket_versions} AS version WHERE version.plane_issue_id = issue.id
    )) AND (named.id = issue.name OR named.plane_issue_id = issue.id)
  ) AS told
  ORDER BY told.id = told.plane_issue_id::text, told.created_at, told.id
  LIMIT 1
)`;

/** A time as the API shows it, in rows and in JSON alike: JSON has none of its own. */
export const utc = (time: RawBuilder<unknown>) =>
  sql`to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/**
 * All links of each work item, oldest first, in JSON; null where there are none of a kind: what the
 * table `work_item_links` holds of those that have any.
 */
export const workItemLinksShown = (tables: LinkTables) => sql`(
  SELECT item.id AS work_item_id, ticket.tickets, pr.open_prs, pr.ended_prs
  FROM ${tables.work_items} AS item
  CROSS JOIN LATERAL (
    SELECT json_agg(link ORDER BY link.created_at, link.id) AS tickets
    FROM ${ticketLinksShown(tables)} AS link WHERE link.work_item_id = item.id
  ) AS ticket
  CROSS JOIN LATERAL (
    SELECT json_agg(link ORDER BY link.created_at, link.id) FILTER (WHERE link.pr_state = 'open')
        AS open_prs,
      json_agg(link ORDER BY link.created_at, link.id) FILTER (WHERE link.pr_state <> 'open')
        AS ended_prs
    FROM ${prLinksShown(tables)} AS link WHERE link.work_item_id = item.id
  ) AS pr
)`;
