import { type Selectable, type SelectQueryBuilder, sql } from 'kysely';
import type { ReadModels, WorkItemsTable } from '../../projections/tables.ts';
import { prepared, quick } from '../prepared.ts';
import type { Reader } from '../read-database.ts';
import type { WorkLinks } from './links-of-work.ts';
import type { Paging } from './projects.ts';

/** The table of work items, or a view of some. */
export type WorkItemSource = 'work_items' | 'active_work' | 'inflight_work';

/** What a column has to hold. */
export type Condition = readonly [column: string, value: string];

type Row = Selectable<WorkItemsTable>;
type Matching = ReturnType<typeof narrowed>;

/** The work items of a source, `w` in the query, that fit all conditions. */
export const narrowed = (from: Reader, source: WorkItemSource, conditions: readonly Condition[]) =>
  from
    .selectFrom(`${source} as w` as 'work_items as w')
    .where((eb) => eb.and(conditions.map(([column, value]) => eb(column as 'status', '=', value))));

/** A row of work, its links as the text that they are kept as; null is none of a kind. */
export type TextRow = Selectable<WorkItemsTable> & {
  readonly [kind in keyof WorkLinks]: string | null;
};

/** The work item with an id. */
export async function readWorkItem(db: Reader, id: string): Promise<TextRow | null> {
  const [row] = await workItemById(db, id);
  return row ?? null;
}

const workItemById = prepared(
  'work item by id',
  (from, id: string) =>
    shown(withLinks(from, narrowed(from, 'work_items', [['id', id]]).selectAll('w'))),
  quick,
);

/** One page of the work items that match, in the order they were started. */
export const readPage = (
  from: Reader,
  matching: Matching,
  paging: Paging,
): Promise<readonly TextRow[]> => shown(pageOf(from, matching, paging)).execute();

/** A page of work with its links, which are looked up for it and not for all that it is a page of. */
export const pageOf = (from: Reader, matching: Matching, { offset, limit }: Paging) =>
  withLinks(
    from,
    matching.selectAll('w').orderBy('w.created_at').orderBy('w.id').offset(offset).limit(limit),
  )
    .orderBy('page.created_at')
    .orderBy('page.id');

const withLinks = (from: Reader, rows: SelectQueryBuilder<ReadModels, never, Row>) =>
  from.selectFrom(rows.as('page')).leftJoin('work_item_links as l', 'l.work_item_id', 'page.id');

const shown = (page: ReturnType<typeof withLinks>) =>
  page
    .selectAll('page')
    .select([
      sql<string | null>`l.tickets::text`.as('tickets'),
      sql<string | null>`l.open_prs::text`.as('open_prs'),
      sql<string | null>`l.ended_prs::text`.as('ended_prs'),
    ]);
