import { prepared } from '../prepared.ts';
import type { Reader } from '../read-database.ts';
import { type LinkedRow, linked } from './links-of-work.ts';
import type { Paging } from './projects.ts';

/** The table of work items, or a view of some. */
export type WorkItemSource = 'work_items' | 'active_work' | 'inflight_work';

/** What a column has to hold. */
export type Condition = readonly [column: string, value: string];

/** The work items of a source, `w` in the query, that fit all conditions. */
export const narrowed = (from: Reader, source: WorkItemSource, conditions: readonly Condition[]) =>
  from
    .selectFrom(`${source} as w` as 'work_items as w')
    .where((eb) => eb.and(conditions.map(([column, value]) => eb(column as 'status', '=', value))));

/** One page of the work items that match, in the order they were started. */
export const readPage = (
  from: Reader,
  matching: ReturnType<typeof narrowed>,
  paging: Paging,
): Promise<readonly LinkedRow[]> => pageOf(from, matching, paging).execute();

/** The same of what is in flight, planned once; null where nobody asks often. */
export function readInflightPage(
  db: Reader,
  given: readonly Condition[],
  { offset, limit }: Paging,
): Promise<readonly LinkedRow[]> | null {
  const page = inflightPages.get(given.map(([column]) => column).join());
  return page?.(db, offset, limit, ...given.map(([, value]) => value)) ?? null;
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

const pageOf = (from: Reader, matching: ReturnType<typeof narrowed>, { offset, limit }: Paging) =>
  matching
    .selectAll('w')
    .select((eb) => linked(from, eb))
    .orderBy('w.created_at')
    .orderBy('w.id')
    .offset(offset)
    .limit(limit);
