import { type Selectable, sql } from 'kysely';
import type { WorkItemsTable } from '../../projections/tables.ts';
import { prepared } from '../prepared.ts';
import type { Reader } from '../read-database.ts';
import { withTimes } from './json-rows.ts';
import {
  type LinkParts,
  linkParts,
  linksOfWork,
  type WorkLinks,
  withLinked,
  workLinks,
} from './links-of-work.ts';
import type { Paging } from './projects.ts';

/** The table of work items, or a view of some. */
export type WorkItemSource = 'work_items' | 'active_work' | 'inflight_work';

/** What a column has to hold. */
export type Condition = readonly [column: string, value: string];

/** Work items in the order they were started, and all they are linked to. */
export interface LinkedPage {
  readonly rows: readonly Selectable<WorkItemsTable>[];
  readonly linked: WorkLinks;
}

/** The work items of a source that fit all conditions. */
export const narrowed = (from: Reader, source: WorkItemSource, conditions: readonly Condition[]) =>
  from
    .selectFrom(source)
    .where((eb) => eb.and(conditions.map(([column, value]) => eb(column as 'status', '=', value))));

/** One page of the work items that match, and then their links. */
export async function readPage(
  db: Reader,
  matching: ReturnType<typeof narrowed>,
  { offset, limit }: Paging,
): Promise<LinkedPage> {
  const rows = await pageOf(matching, offset, limit).execute();
  const ids = rows.map((row) => row.id);
  return { rows, linked: await linksOfWork(db, ids) };
}

/** The same of what is in flight, in one statement; null where nobody asks often. */
export async function readInflightPage(
  db: Reader,
  given: readonly Condition[],
  { offset, limit }: Paging,
): Promise<LinkedPage | null> {
  const page = inflightPages.get(given.map(([column]) => column).join());
  if (!page) return null;
  const values = given.map(([, value]) => value);
  const [parts] = (await page(db, offset, limit, ...values)) as unknown as [
    LinkParts & Pick<LinkedPage, 'rows'>,
  ];
  return { rows: withTimes(parts.rows), linked: workLinks(parts) };
}

/** What is in flight in all, in a project, of an owner: each asked by every agent, over and over. */
const inflightPages = new Map(
  [[], ['project_id'], ['owner_id'], ['project_id', 'owner_id']].map((columns) => [
    columns.join(),
    prepared(
      ['in flight by', ...columns].join(' '),
      (from, offset: number, limit: number, ...values: string[]) => {
        const conditions = columns.map((column, index): Condition => [column, values[index] ?? '']);
        const page = pageOf(narrowed(from, 'inflight_work', conditions), offset, limit);
        const ids = sql<string[]>`ARRAY(SELECT id FROM page)`;
        const paged = from.with('page', () => page) as unknown as Reader;
        return withLinked(paged, from, ids).selectNoFrom((eb) => [
          sql`(SELECT coalesce(json_agg(page), '[]') FROM page)`.as('rows'),
          ...linkParts(from, eb, ids),
        ]);
      },
    ),
  ]),
);

const pageOf = (matching: ReturnType<typeof narrowed>, offset: number, limit: number) =>
  matching.selectAll().orderBy('created_at').orderBy('id').offset(offset).limit(limit);
