import type { Selectable } from 'kysely';
import { JsonText } from '../../http/json-text.ts';
import type { PrLinkResource } from '../../http/schemas/pr-link.ts';
import type { TicketLinkResource } from '../../http/schemas/ticket-link.ts';
import type { WorkItemResource } from '../../http/schemas/work-item.ts';
import type { WorkItemsTable } from '../../projections/tables.ts';
import { isNow, type Reader } from '../read-database.ts';
import { isStale, standingBy, type Terms } from '../standing.ts';
import { inflightPage } from './inflight-pages.ts';
import type { LinkedRow } from './links-of-work.ts';
import type { Paging } from './projects.ts';
import {
  type Condition,
  narrowed,
  readPage,
  readWorkItem,
  type TextRow,
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

/** A work item with its tickets and open pull requests, to be written: they are text already. */
export async function findWorkItem(
  db: Reader,
  id: string,
  terms: Terms,
): Promise<WorkItemResource | null> {
  const row = await readWorkItem(db, id);
  return row && workItemBy(terms)(unread(row));
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
  const isInflightNow = source === 'inflight_work' && stale === undefined && isNow(db);
  const shown = isInflightNow ? await inflightPage(db, given, paging, terms) : null;
  const items =
    shown?.map(({ item }) => item) ??
    workItemsOf((await readPage(db, matching(), paging)).map(unread), terms);
  // A page that is not full is the last.
  if (items.length < limit && (items.length > 0 || offset === 0)) {
    return { items, total: offset + items.length };
  }
  const { n } = await matching()
    .select((eb) => eb.fn.countAll<bigint>().as('n'))
    .executeTakeFirstOrThrow();
  return { items, total: Number(n) };
}

/** Rows with their links as the API shows them. */
export const workItemsOf = (rows: readonly LinkedRow[], terms: Terms): WorkItemResource[] =>
  rows.map(workItemBy(terms));

/** The row itself, which nobody else has: it has many fields, and is not copied for a few more. */
function workItemBy(terms: Terms): (row: LinkedRow) => WorkItemResource {
  const standing = standingBy(terms);
  return (row) =>
    Object.assign(row, {
      work_item_id: row.id,
      source: { type: row.source_type, ref: row.source_ref },
      status: row.status as WorkItemResource['status'],
      advice: row.advice as WorkItemResource['advice'],
      ...standing(row, { has_open_prs: row.open_prs !== null, ended_prs: row.ended_prs }),
      tickets: row.tickets ?? [],
      open_prs: row.open_prs ?? [],
    });
}

/** Nobody looks into tickets and open pull requests that are only to be shown. */
const unread = (row: TextRow): LinkedRow =>
  Object.assign(row, {
    tickets: row.tickets === null ? null : JsonText.of<TicketLinkResource[]>(row.tickets),
    open_prs: row.open_prs === null ? null : JsonText.of<PrLinkResource[]>(row.open_prs),
    ended_prs: row.ended_prs === null ? null : JSON.parse(row.ended_prs),
  });
