import type { Expression, Selectable } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type {
  CommitsTable,
  PrLinksTable,
  TicketLinksTable,
  WorkItemsTable,
} from '../../projections/tables.ts';
import type { ReadDatabase, Reader } from '../read-database.ts';
import type { TracedEntity } from '../traced-entity.ts';
import { type DeployRow, deployRows } from './deploys.ts';
import { deploysAt, isAmong, isCommit, isPr, workItemsAt } from './trace-start.ts';

/** What the one statement answers: the rows of each part of the chain. */
export interface TraceRows {
  readonly work_items: readonly Selectable<WorkItemsTable>[];
  readonly tickets: readonly Selectable<TicketLinksTable>[];
  readonly commits: readonly (Selectable<CommitsTable> & { readonly branch_name: string })[];
  readonly prs: readonly (Selectable<PrLinksTable> & { readonly is_start: boolean })[];
  readonly deploys: readonly DeployRow[];
}

type Ids = Expression<string>;

/**
 * All that is connected to an entity (spec/domain.md, "Trace"), in one statement: its work items,
 * and what these are linked to.
 */
export async function readTrace(db: ReadDatabase, start: TracedEntity): Promise<TraceRows> {
  const rows = await db
    .with('items', (query) => workItemsAt(query, start).distinct())
    .selectNoFrom((eb) => {
      const items = eb.selectFrom('items').select('items.id').$asScalar();
      // Each part reads the tables alone, and the work items only as its condition.
      const from = eb as unknown as Reader;
      return [
        jsonArrayFrom(workItems(from, items)).as('work_items'),
        jsonArrayFrom(tickets(from, items)).as('tickets'),
        jsonArrayFrom(commits(from, items, start)).as('commits'),
        jsonArrayFrom(prs(from, items, start)).as('prs'),
        jsonArrayFrom(deployRows(from).where('deploys.id', 'in', deploysAt(from, start, items))).as(
          'deploys',
        ),
      ];
    })
    .executeTakeFirstOrThrow();
  return withTimes(rows as unknown as TraceRows);
}

const workItems = (from: Reader, items: Ids) =>
  from
    .selectFrom('work_items')
    .selectAll()
    .where((eb) => isAmong(eb.ref('id'), items))
    .orderBy('created_at')
    .orderBy('id');

const tickets = (from: Reader, items: Ids) =>
  from
    .selectFrom('ticket_links')
    .selectAll()
    .where((eb) => isAmong(eb.ref('work_item_id'), items))
    .orderBy('created_at')
    .orderBy('id');

function commits(from: Reader, items: Ids, start: TracedEntity) {
  const all = from
    .selectFrom('commits')
    .innerJoin('work_items', 'work_items.id', 'commits.work_item_id')
    .selectAll('commits')
    .select('work_items.branch_name')
    .where((eb) => isAmong(eb.ref('commits.work_item_id'), items))
    .orderBy('commits.position')
    .orderBy('commits.place')
    .orderBy('commits.id');
  return start.type === 'commit' ? all.where((eb) => isCommit(eb.ref('hash'), start.hash)) : all;
}

const prs = (from: Reader, items: Ids, start: TracedEntity) =>
  from
    .selectFrom('pr_links')
    .selectAll()
    .select((eb) => (start.type === 'pr' ? isPr(eb, start) : eb.lit(false)).as('is_start'))
    .where((eb) => isAmong(eb.ref('work_item_id'), items))
    .orderBy('created_at')
    .orderBy('id');

/** JSON has no times: PostgreSQL's text for them, as the columns of a plain query would come. */
function withTimes(rows: TraceRows): TraceRows {
  const revived = Object.entries(rows).map(([part, items]: [string, readonly object[]]) => [
    part,
    items.map((item) =>
      Object.fromEntries(
        Object.entries(item).map(([column, value]) => [
          column,
          column.endsWith('_at') && value !== null ? new Date(value).toISOString() : value,
        ]),
      ),
    ),
  ]);
  return Object.fromEntries(revived);
}
