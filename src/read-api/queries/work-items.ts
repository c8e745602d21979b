import type { Selectable } from 'kysely';
import type { PrLinkResource } from '../../http/schemas/pr-link.ts';
import type { TicketLinkResource } from '../../http/schemas/ticket-link.ts';
import type { WorkItemResource } from '../../http/schemas/work-item.ts';
import type { WorkItemsTable } from '../../projections/tables.ts';
import type { Reader } from '../read-database.ts';
import { isStale, type Standing, standingBy, type Terms } from '../standing.ts';
import { type LinkedRow, linksOf, type WorkLinks } from './links-of-work.ts';
import type { Paging } from './projects.ts';
import {
  type Condition,
  narrowed,
  readInflightPage,
  readPage,
  readWorkItem,
  type WorkItemSource,
} from './work-item-pages.ts';

/** Columns that a list of work items can be narrowed by; an undefined one narrows nothing. */
export type WorkItemFilter = {
  readonly [column in
    | 'project_id'
    | 'owner_id'
    | 'work_type'
    | 'status'
    | 'active'
    | 'source_type'
    | 'source_ref']?: Selectable<WorkItemsTable>[column] | undefined;
} & { readonly stale?: boolean | undefined };

export interface WorkItemList {
  readonly items: WorkItemResource[];
  readonly total: number;
}

/** Whether there is a work item with this id. */
export async function isWorkItem(db: Reader, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('work_items')
    .select('id')
    .where('id', '=', id)
    .executeTakeFirst();
  return row !== undefined;
}

/** A work item with its tickets and open pull requests. */
export async function findWorkItem(
  db: Reader,
  id: string,
  terms: Terms,
): Promise<WorkItemResource | null> {
  const [item] = await shown(db, await readWorkItem(db, id), terms);
  return item ?? null;
}

/** One page of the work items that fit the filter, in the order they were started. */
export const listWorkItems = (
  db: Reader,
  { active, ...filter }: WorkItemFilter,
  paging: Paging,
  terms: Terms,
): Promise<WorkItemList> =>
  active === true
    ? list(db, 'active_work', filter, paging, terms)
    : list(db, 'work_items', { active, ...filter }, paging, terms);

/** The same over the in-flight view: active and not clean. */
export const listInflight = (
  db: Reader,
  filter: WorkItemFilter,
  paging: Paging,
  terms: Terms,
): Promise<WorkItemList> => list(db, 'inflight_work', filter, paging, terms);

async function list(
  db: Reader,
  source: WorkItemSource,
  { stale, ...filter }: WorkItemFilter,
  paging: Paging,
  terms: Terms,
): Promise<WorkItemList> {
  const given = Object.entries(filter)
    .filter(([, value]) => value !== undefined)
    .map(([column, value]): Condition => [column, `${value}`]);
  const { offset, limit } = paging;
  const matching = () =>
    narrowed(db, source, given).$if(stale !== undefined, (query) =>
      query.where(isStale(terms), '=', stale ?? true),
    );
  const isInflight = source === 'inflight_work' && stale === undefined;
  const rows =
    (isInflight ? await readInflightPage(db, given, paging) : null) ??
    (await readPage(db, matching(), paging));
  const items = await shown(db, rows, terms);
  // A page that is not full is the last.
  if (rows.length < limit && (rows.length > 0 || offset === 0)) {
    return { items, total: offset + rows.length };
  }
  const { n } = await matching()
    .select((eb) => eb.fn.countAll<bigint>().as('n'))
    .executeTakeFirstOrThrow();
  return { items, total: Number(n) };
}

async function shown(
  db: Reader,
  rows: readonly LinkedRow[],
  terms: Terms,
): Promise<WorkItemResource[]> {
  return workItemsWith(rows, await linksOf(db, rows), terms);
}

/** Rows and all their links as the API shows them. */
export function workItemsWith(
  rows: readonly LinkedRow[],
  { tickets, prs }: WorkLinks,
  terms: Terms,
): WorkItemResource[] {
  const ticketsOf = Map.groupBy(tickets, (link) => link.work_item_id);
  const prsOf = Map.groupBy(prs, (link) => link.work_item_id);
  const standing = standingBy(terms);
  return rows.map((row) =>
    workItemOf(row, ticketsOf.get(row.id) ?? [], prsOf.get(row.id) ?? [], standing),
  );
}

/** The row itself, which nobody else has: it has many fields, and is not copied for a few more. */
const workItemOf = (
  row: LinkedRow,
  tickets: TicketLinkResource[],
  prs: readonly PrLinkResource[],
  standing: (facts: LinkedRow, prs: readonly PrLinkResource[]) => Standing,
): WorkItemResource =>
  Object.assign(row, {
    work_item_id: row.id,
    source: { type: row.source_type, ref: row.source_ref },
    status: row.status as WorkItemResource['status'],
    advice: row.advice as WorkItemResource['advice'],
    ...standing(row, prs),
    tickets,
    open_prs: prs.filter(({ pr_state }) => pr_state === 'open'),
  });
