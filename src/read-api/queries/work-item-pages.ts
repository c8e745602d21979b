import { type Selectable, type SelectQueryBuilder, sql } from 'kysely';
import type { Texts } from '../../projections/named-query.ts';
import type { ReadModels, WorkItemsTable } from '../../projections/tables.ts';
import { prepared, preparedTexts, quick } from '../prepared.ts';
import { isNow, type Reader } from '../read-database.ts';
import { textColumns } from '../work-item-text.ts';
import { linkColumns, type WorkLinks } from './links-of-work.ts';
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

/** The same of what is in flight now, planned once, and unread; null where nobody asks often. */
export async function readInflightPage(
  db: Reader,
  given: readonly Condition[],
  { offset, limit }: Paging,
): Promise<readonly Texts[] | null> {
  const page = isNow(db) && inflightPages.get(given.map(([column]) => column).join());
  return page ? page(db, offset, limit, ...given.map(([, value]) => value)) : null;
}

/** What is in flight in all, in a project, of an owner: each asked by every agent, over and over. */
const inflightPages = new Map(
  [[], ['project_id'], ['owner_id'], ['project_id', 'owner_id']].map((columns) => [
    columns.join(),
    preparedTexts(
      ['in flight by', ...columns].join(' '),
      (from, offset: number, limit: number, ...values: string[]) => {
        const conditions = columns.map((column, index): Condition => [column, values[index] ?? '']);
        const matching = narrowed(from, 'inflight_work', conditions);
        return pageOf(from, matching, { offset, limit })
          .select(textColumns.map((column) => `page.${column}` as const))
          .select(linkColumns);
      },
      columns.length > 0 ? quick : {},
    ),
  ]),
);

/** Links are looked up for the page, and not for all that it is a page of. */
const pageOf = (from: Reader, matching: Matching, { offset, limit }: Paging) =>
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
