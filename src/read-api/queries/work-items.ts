import type { Selectable } from 'kysely';
import type { PrLinkResource } from '../../http/schemas/pr-link.ts';
import type { TicketLinkResource } from '../../http/schemas/ticket-link.ts';
import type { WorkItemResource } from '../../http/schemas/work-item.ts';
import type { WorkItemsTable } from '../../projections/tables.ts';
import type { ReadDatabase } from '../read-database.ts';
import { prsOfWorkItems } from './pr-links.ts';
import type { Paging } from './projects.ts';
import { linksOfWorkItems } from './ticket-links.ts';

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
};

export interface WorkItemList {
  readonly items: WorkItemResource[];
  readonly total: number;
}

/** A work item with its tickets and open pull requests. */
export async function findWorkItem(db: ReadDatabase, id: string): Promise<WorkItemResource | null> {
  const [item] = await workItemsOf(db, [id]);
  return item ?? null;
}

/** The work items with these ids, in the order they were started. */
export async function workItemsOf(
  db: ReadDatabase,
  ids: readonly string[],
): Promise<WorkItemResource[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('work_items')
    .selectAll()
    .where('id', 'in', ids)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return withLinks(db, rows);
}

/** One page of the work items that fit the filter, in the order they were started. */
export const listWorkItems = (
  db: ReadDatabase,
  filter: WorkItemFilter,
  paging: Paging,
): Promise<WorkItemList> => list(db, 'work_items', filter, paging);

/** The same over the in-flight view: active and not clean. */
export const listInflight = (
  db: ReadDatabase,
  filter: WorkItemFilter,
  paging: Paging,
): Promise<WorkItemList> => list(db, 'inflight_work', filter, paging);

async function list(
  db: ReadDatabase,
  source: 'work_items' | 'inflight_work',
  filter: WorkItemFilter,
  { offset, limit }: Paging,
): Promise<WorkItemList> {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  const items = db
    .selectFrom(source)
    .where((eb) => eb.and(given.map(([column, value]) => eb(column as 'status', '=', `${value}`))));
  const [rows, { n }] = await Promise.all([
    items.selectAll().orderBy('created_at').orderBy('id').offset(offset).limit(limit).execute(),
    items.select((eb) => eb.fn.countAll<bigint>().as('n')).executeTakeFirstOrThrow(),
  ]);
  return { items: await withLinks(db, rows), total: Number(n) };
}

async function withLinks(
  db: ReadDatabase,
  rows: readonly Selectable<WorkItemsTable>[],
): Promise<WorkItemResource[]> {
  const ids = rows.map((row) => row.id);
  const [tickets, prs] = await Promise.all([
    linksOfWorkItems(db, ids),
    prsOfWorkItems(db, ids, 'open'),
  ]);
  const ticketsOf = Map.groupBy(tickets, (link) => link.work_item_id);
  const prsOf = Map.groupBy(prs, (link) => link.work_item_id);
  return rows.map((row) => workItemOf(row, ticketsOf.get(row.id) ?? [], prsOf.get(row.id) ?? []));
}

/** A row and its links as the API shows them. */
export const workItemOf = (
  { position: _position, source_type, source_ref, ...row }: Selectable<WorkItemsTable>,
  tickets: TicketLinkResource[],
  open_prs: PrLinkResource[],
): WorkItemResource => ({
  ...row,
  work_item_id: row.id,
  source: { type: source_type, ref: source_ref },
  status: row.status as WorkItemResource['status'],
  advice: row.advice as WorkItemResource['advice'],
  tickets,
  open_prs,
});
