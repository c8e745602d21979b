import type { Selectable } from 'kysely';
import type { TicketLinkResource } from '../../http/schemas/ticket-link.ts';
import type { WorkItemResource } from '../../http/schemas/work-item.ts';
import type { WorkItemsTable } from '../../projections/tables.ts';
import type { ReadDatabase } from '../read-database.ts';
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

/** A work item with its tickets. */
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
  return withTickets(db, rows);
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
  return { items: await withTickets(db, rows), total: Number(n) };
}

async function withTickets(
  db: ReadDatabase,
  rows: readonly Selectable<WorkItemsTable>[],
): Promise<WorkItemResource[]> {
  const links = await linksOfWorkItems(
    db,
    rows.map((row) => row.id),
  );
  const byItem = Map.groupBy(links, (link) => link.work_item_id);
  return rows.map((row) => resourceOf(row, byItem.get(row.id) ?? []));
}

const resourceOf = (
  { position: _position, source_type, source_ref, ...row }: Selectable<WorkItemsTable>,
  tickets: TicketLinkResource[],
): WorkItemResource => ({
  ...row,
  work_item_id: row.id,
  source: { type: source_type, ref: source_ref },
  status: row.status as WorkItemResource['status'],
  advice: row.advice as WorkItemResource['advice'],
  tickets,
});
