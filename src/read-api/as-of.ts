import { type QueryCreator, type RawBuilder, sql } from 'kysely';
import type { Moment } from '../http/schemas/as-of.ts';
import { tableOf } from '../projections/generation.ts';
import type { VersionedTable } from '../projections/row-fold.ts';
import { workItemLinksShown } from '../projections/shown-links.ts';
import { liveSchema, type ReadModels } from '../projections/tables.ts';
import { versionedTables } from '../projections/versioned-tables.ts';
import { linkTablesThen } from './link-tables.ts';
import type { ReadDatabase, Reader } from './read-database.ts';
import type { Terms } from './standing.ts';

/**
 * The read models as they stood at a moment (spec/http.md, "As of"); without one, as they are. The
 * tables are hidden behind what they were then, so that every query is the same for both.
 *
 * An event belongs to what came before a time when it happened by then, and of a row the state that
 * its last such event left is the one of then. Positions have one order, so several events of one
 * millisecond are all in, or all out.
 */
export function readerAt(db: ReadDatabase, moment: Moment | undefined): Reader {
  if (moment === undefined) return db;
  return Object.entries(tablesAt(moment)).reduce<QueryCreator<ReadModels>>(
    (query, [name, rows]) =>
      query.with(
        (cte) => cte(name).notMaterialized(),
        () => sql`(${rows})`,
      ) as never,
    db,
  );
}

/** The read models as they stood at a moment, and the terms that work was judged by then. */
export async function standAt(
  { db, terms }: { readonly db: ReadDatabase; readonly terms: () => Terms },
  moment: Moment | undefined,
): Promise<{ readonly from: Reader; readonly terms: Terms }> {
  const { now, staleDays } = terms();
  const then = moment === undefined ? now : (moment.time ?? (await timeOf(db, moment.position)));
  return {
    from: readerAt(db, moment),
    terms: { now: then === null || then > now ? now : then, staleDays },
  };
}

/** When the last thing up to a position happened that left a version; null before the first. */
async function timeOf(db: ReadDatabase, position: bigint): Promise<string | null> {
  const last = Object.values(versionedTables).map(
    ({ versions }) => sql`(
      SELECT updated_at FROM ${live(versions)} WHERE position <= ${position}::bigint
      ORDER BY position DESC LIMIT 1
    )`,
  );
  const { rows } = await sql<{ time: string | null }>`
    SELECT max(updated_at) AS time FROM (${sql.join(last, sql` UNION ALL `)}) AS last`.execute(db);
  return rows[0]?.time ?? null;
}

/** In the order in which each may read those before it. */
function tablesAt(moment: Moment): { readonly [name: string]: RawBuilder<never> } {
  const { projects, work_items, pr_links, deploys, tickets } = versionedTables;
  return {
    projects: rowsAt(projects, moment),
    work_items: rowsAt(work_items, moment),
    active_work: activeWorkAt(moment),
    inflight_work: sql`SELECT * FROM active_work WHERE status <> 'clean'`,
    pr_links: rowsAt(pr_links, moment),
    tickets: rowsAt(tickets, moment),
    ticket_links: toldBy('ticket_links', 'created_at', moment),
    work_item_links: linksThen,
    commits: toldBy('commits', 'seen_at', moment),
    deploys: rowsAt(deploys, moment),
    deploy_commits: toldBy('deploy_commits', 'told_at', moment),
    deploy_work_items: toldBy('deploy_work_items', 'told_at', moment),
    deploy_links: deployLinks,
  };
}

/**
 * The rows of then. What never changes comes from the table itself, whose indexes find the row; the
 * rest from the last version by then, one look at the primary key for each row that is looked at.
 */
function rowsAt(
  table: VersionedTable,
  moment: Moment,
  condition: RawBuilder<unknown> = sql`true`,
): RawBuilder<never> {
  const existed =
    moment.time === undefined ? sql`true` : sql`now.created_at <= ${moment.time}::timestamptz`;
  return sql`
    SELECT ${columnsOf(table)} FROM ${live(table.table)} AS now
    CROSS JOIN LATERAL (
      SELECT * FROM ${live(table.versions)} AS version
      WHERE version.id = now.id AND ${isBy(moment, 'version', 'updated_at')}
      ORDER BY version.position DESC LIMIT 1
    ) AS version
    WHERE ${existed} AND ${condition}`;
}

/** As text: built of nodes, so many names would cost more than the query. */
const columnsOf = ({ columns, generated, fixed }: VersionedTable) =>
  sql.raw(
    [...Object.keys(columns), ...generated]
      .map((name) => `${fixed.includes(name) ? 'now' : 'version'}.${name}`)
      .join(', '),
  );

/** What was active then is active still, or has begun by then and ended since. */
function activeWorkAt(moment: Moment): RawBuilder<never> {
  const versions = live(versionedTables.work_items.versions);
  const ended = sql`
    SELECT ended.id FROM ${versions} AS ended
    WHERE NOT ended.active AND NOT ${isBy(moment, 'ended', 'updated_at')}`;
  const stopped =
    moment.time === undefined
      ? sql`now.id IN (${ended}) AND now.id IN (
          SELECT begun.id FROM ${versions} AS begun
          WHERE begun.revision = 0 AND ${isBy(moment, 'begun', 'updated_at')}
        )`
      : sql`now.id IN (${ended} AND ended.created_at <= ${moment.time}::timestamptz)`;
  return sql`
    ${rowsAt(versionedTables.work_items, moment, sql`now.active`)}
    UNION ALL
    ${rowsAt(versionedTables.work_items, moment, sql`NOT now.active AND version.active AND ${stopped}`)}`;
}

/** Rows that stand as they were first told. */
const toldBy = (table: string, time: string, moment: Moment): RawBuilder<never> =>
  sql`SELECT * FROM ${live(table)} AS row WHERE ${isBy(moment, 'row', time)}`;

/** The table of this name, made of the tables of then. */
const linksThen = sql<never>`SELECT * FROM ${workItemLinksShown(linkTablesThen)} AS shown`;

/** The view of this name, over the tables of then. */
const deployLinks: RawBuilder<never> = sql`
    SELECT named.deploy, named.work_item_id
    FROM deploy_work_items AS named
    JOIN deploys ON deploys.id = named.deploy
    WHERE deploys.result = 'success'
  UNION
    SELECT shipped.deploy, commits.work_item_id
    FROM deploy_commits AS shipped
    JOIN deploys ON deploys.id = shipped.deploy
    JOIN commits ON left(commits.hash, 7) = left(shipped.hash, 7)
      AND (starts_with(commits.hash, shipped.hash) OR starts_with(shipped.hash, commits.hash))
    JOIN work_items ON work_items.id = commits.work_item_id
    WHERE deploys.result = 'success'
      AND (deploys.remote_origin IS NULL
        OR lower(deploys.remote_origin) = lower(work_items.remote_origin))`;

const isBy = (moment: Moment, row: string, time: string): RawBuilder<boolean> =>
  moment.time === undefined
    ? sql`${sql.ref(`${row}.position`)} <= ${moment.position}::bigint`
    : sql`${sql.ref(`${row}.${time}`)} <= ${moment.time}::timestamptz`;

/** By its schema: without it, a table would be what it is hidden behind. */
const live = (table: string) => tableOf(liveSchema, table);
