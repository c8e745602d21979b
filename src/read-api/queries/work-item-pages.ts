import { prepared } from '../prepared.ts';
import type { Reader } from '../read-database.ts';
import { inJson, withTimes } from './json-rows.ts';
import { type LinkedRow, linked } from './links-of-work.ts';
import type { Paging } from './projects.ts';

/** The table of work items, or a view of some. */
export type WorkItemSource = 'work_items' | 'active_work' | 'inflight_work';

/** What a column has to hold. */
export type Condition = readonly [column: string, value: string];

type Matching = ReturnType<typeof narrowed>;

/** The work items of a source, `w` in the query, that fit all conditions. */
export const narrowed = (from: Reader, source: WorkItemSource, conditions: readonly Condition[]) =>
  from
    .selectFrom(`${source} as w` as 'work_items as w')
    .where((eb) => eb.and(conditions.map(([column, value]) => eb(column as 'status', '=', value))));

/** The work item with an id, or none. */
export const readWorkItem = async (db: Reader, id: string): Promise<readonly LinkedRow[]> =>
  rowsOf(await workItemById(db, id));

const workItemById = prepared('work item by id', (from, id: string) =>
  inJson(from, withLinks(from, narrowed(from, 'work_items', [['id', id]]))),
);

/** One page of the work items that match, in the order they were started. */
export const readPage = async (
  from: Reader,
  matching: Matching,
  paging: Paging,
): Promise<readonly LinkedRow[]> => rowsOf(await pageOf(from, matching, paging).execute());

/** The same of what is in flight, planned once; null where nobody asks often. */
export async function readInflightPage(
  db: Reader,
  given: readonly Condition[],
  { offset, limit }: Paging,
): Promise<readonly LinkedRow[] | null> {
  const page = inflightPages.get(given.map(([column]) => column).join());
  if (!page) return null;
  return rowsOf(await page(db, offset, limit, ...given.map(([, value]) => value)));
}

/** What is in flight in all, in a project, of an owner: each asked by every agent, over and over. */
const inflightPages = new Map(
  [[], ['project_id'], ['owner_id'], ['project_id', 'owner_id']].map((columns) => [
    columns.join(),
    prepared(
      ['in flight by', ...columns].join(' '),
      (from, offset: number, limit: number, ...values: string[]) => {
        const conditions = columns.map((column, index): Condition => [column, values[index] ?? '']);
        return pageOf(from, narrowed(from, 'inflight_work', conditions), { offset, limit });
      },
    ),
  ]),
);

const pageOf = (from: Reader, matching: Matching, { offset, limit }: Paging) =>
  inJson(
    from,
    withLinks(from, matching).orderBy('w.created_at').orderBy('w.id').offset(offset).limit(limit),
  );

const withLinks = (from: Reader, matching: Matching) =>
  matching.selectAll('w').select((eb) => linked(from, eb));

const rowsOf = ([answer]: readonly { readonly rows: readonly LinkedRow[] }[]) =>
  withTimes(answer?.rows ?? []);
