import { sql } from 'kysely';
import { keptOfEach } from '../kept-rows.ts';
import { preparedTexts, quick } from '../prepared.ts';
import type { ReadDatabase, Reader } from '../read-database.ts';
import type { Terms } from '../standing.ts';
import { type ShownWork, showing, stillStanding, textColumns } from '../work-item-text.ts';
import { linkColumns } from './links-of-work.ts';
import { isInFlight, type Paging } from './projects.ts';
import { type Condition, narrowed, pageOf } from './work-item-pages.ts';
import { workVersion, writtenBy } from './work-version.ts';

/**
 * One page of what is in flight now, in the order it was started; null but for what every agent asks
 * for over and over: in all, in a project, of an owner.
 */
export async function inflightPage(
  db: ReadDatabase,
  given: readonly Condition[],
  { offset, limit }: Paging,
  terms: Terms,
): Promise<readonly ShownWork[] | null> {
  const page = pages.get(given.map(([column]) => column).join());
  if (page === undefined) return null;
  const asked = [offset, limit, ...given.map(([, value]) => value)] as const;
  const kept = keptOf(db);
  const found = kept.find(await page.versions(db, ...asked));
  if (found?.every(stillStanding(terms))) return found;
  const show = showing(terms);
  return (await page.rows(db, ...asked)).map((row) => kept.keep(row, versionPlace, show(row)));
}

const keptOf = keptOfEach<ReadDatabase, ShownWork>();

type Asked = readonly [offset: number, limit: number, ...values: string[]];

const pages = new Map(
  [[], ['project_id'], ['owner_id'], ['project_id', 'owner_id']].map((columns) => {
    const name = ['in flight by', ...columns].join(' ');
    const kind = columns.length > 0 ? quick : {};
    const page = (from: Reader, ...[offset, limit, ...values]: Asked) => {
      const given = columns.map((column, index): Condition => [column, values[index] ?? '']);
      const matching = narrowed(from, 'work_items', given)
        .where(isActive)
        .where(isInFlight)
        .select(writtenBy('w').as('written_by'));
      return pageOf(from, matching, { offset, limit });
    };
    return [
      columns.join(),
      {
        versions: preparedTexts(
          `versions ${name}`,
          (from, ...asked: Asked) =>
            page(from, ...asked)
              .select('page.id')
              .select(version),
          kind,
        ),
        rows: preparedTexts(
          name,
          (from, ...asked: Asked) =>
            page(from, ...asked)
              .select(textColumns.map((column) => `page.${column}` as const))
              .select(linkColumns)
              .select(version),
          kind,
        ),
      },
    ];
  }),
);

/** With `isInFlight` what the view `inflight_work` shows: a view has no system columns. */
const isActive = sql<boolean>`w.active`;

const version = workVersion(sql`page.written_by`, sql`page.position`);
const versionPlace = textColumns.length + linkColumns.length;
