import { type Expression, type Selectable, sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import { toUuid } from '../../events/ids.ts';
import type {
  CommitsTable,
  PrLinksTable,
  TicketsTable,
  WorkItemsTable,
} from '../../projections/tables.ts';
import { prepared } from '../prepared.ts';
import type { ReadDatabase, Reader } from '../read-database.ts';
import type { TracedEntity } from '../traced-entity.ts';
import { type DeployRow, deployRows } from './deploys.ts';
import { withTimes } from './json-rows.ts';
import { namesOf, ticketsNow } from './observed-tickets.ts';
import { prRows } from './pr-links.ts';
import { linkRows, type TicketLinkRow } from './ticket-links.ts';
import { deploysAt, isAmong, isCommit, isPr, type TraceStart, workItemsAt } from './trace-start.ts';

/** What the one statement answers: the rows of each part of the chain. */
export interface TraceRows {
  readonly work_items: readonly Selectable<WorkItemsTable>[];
  readonly links: readonly TicketLinkRow[];
  /** Of the links, and what was asked for. */
  readonly tickets: readonly Selectable<TicketsTable>[];
  /** Of a ticket that was asked for: all that links may call it by. */
  readonly names: readonly string[];
  readonly commits: readonly (Selectable<CommitsTable> & { readonly branch_name: string })[];
  readonly prs: readonly (Selectable<PrLinksTable> & { readonly is_start: boolean })[];
  readonly deploys: readonly DeployRow[];
}

type Ids = Expression<string>;

/**
 * All that is connected to an entity (spec/domain.md, "Trace"), in one statement: its work items,
 * and what these are linked to.
 */
export async function readTrace(db: ReadDatabase, entity: TracedEntity): Promise<TraceRows> {
  const [rows] = (await rowsFrom(db, entity)) as unknown as [TraceRows];
  for (const part of [
    rows.work_items,
    rows.links,
    rows.tickets,
    rows.commits,
    rows.prs,
    rows.deploys,
  ])
    withTimes<object>(part);
  return rows;
}

function rowsFrom(db: ReadDatabase, entity: TracedEntity) {
  switch (entity.type) {
    case 'ticket':
      return fromTicket(db, entity.name);
    case 'work_item':
      return fromWorkItem(db, entity.id);
    case 'commit':
      return fromCommit(db, entity.hash);
    case 'deploy':
      return fromDeploy(db, toUuid(entity.deploy_id));
    case 'branch': {
      const { branch_name, project } = entity;
      if (project === null) return fromBranch(db, branch_name);
      if ('id' in project) return fromBranchOfProject(db, branch_name, project.id);
      return fromBranchAtOrigin(db, branch_name, project.originKeys);
    }
    case 'pr': {
      if ('pr_url' in entity) return fromPrUrl(db, entity.pr_url);
      const { pr_number, project } = entity;
      if (project === null) return fromPr(db, pr_number);
      if ('id' in project) return fromPrOfProject(db, pr_number, project.id);
      return fromPrAtOrigin(db, pr_number, project.originKeys);
    }
  }
}

const fromTicket = prepared('trace of a ticket', (from, name: string) => {
  const named = from.with('names', () => namesOf(from, name));
  const names = sql<string>`(SELECT name FROM names)`;
  return chain(named as unknown as Reader, { type: 'ticket', names });
});
const fromWorkItem = prepared('trace of a work item', (from, id: string) =>
  chain(from, { type: 'work_item', id }),
);
const fromCommit = prepared('trace of a commit', (from, hash: string) =>
  chain(from, { type: 'commit', hash }),
);
const fromDeploy = prepared('trace of a deploy', (from, id: string) =>
  chain(from, { type: 'deploy', id }),
);
const fromBranch = prepared('trace of a branch', (from, branch_name: string) =>
  chain(from, { type: 'branch', branch_name, project: null }),
);
const fromBranchOfProject = prepared(
  'trace of a branch of a project',
  (from, branch_name: string, id: string) =>
    chain(from, { type: 'branch', branch_name, project: { id } }),
);
const fromBranchAtOrigin = prepared(
  'trace of a branch at an origin',
  (from, branch_name: string, originKeys: readonly string[]) =>
    chain(from, { type: 'branch', branch_name, project: { originKeys } }),
);
const fromPr = prepared('trace of a pull request', (from, pr_number: number) =>
  chain(from, { type: 'pr', pr_number, project: null }),
);
const fromPrOfProject = prepared(
  'trace of a pull request of a project',
  (from, pr_number: number, id: string) => chain(from, { type: 'pr', pr_number, project: { id } }),
);
const fromPrAtOrigin = prepared(
  'trace of a pull request at an origin',
  (from, pr_number: number, originKeys: readonly string[]) =>
    chain(from, { type: 'pr', pr_number, project: { originKeys } }),
);
const fromPrUrl = prepared('trace of a pull request by its URL', (from, pr_url: string) =>
  chain(from, { type: 'pr', pr_url }),
);

function chain(reader: Reader, start: TraceStart) {
  return reader
    .with('items', (query) => workItemsAt(query, start).distinct())
    .with('linked', (query) =>
      linkRows(query).where((eb) =>
        isAmong(eb.ref('work_item_id'), query.selectFrom('items').select('items.id').$asScalar()),
      ),
    )
    .selectNoFrom((eb) => {
      const items = eb.selectFrom('items').select('items.id').$asScalar();
      // Each part reads the tables alone, and the work items only as its condition.
      const from = eb as unknown as Reader;
      const linked = sql`SELECT plane_ticket_id FROM linked`;
      const asked = start.type === 'ticket' ? sql`${linked} UNION ALL ${start.names}` : linked;
      return [
        jsonArrayFrom(workItems(from, items)).as('work_items'),
        jsonArrayFrom(eb.selectFrom('linked').selectAll()).as('links'),
        jsonArrayFrom(ticketsNow(from, asked)).as('tickets'),
        jsonArrayFrom(commits(from, items, start)).as('commits'),
        jsonArrayFrom(prs(from, items, start)).as('prs'),
        jsonArrayFrom(deployRows(from).where('deploys.id', 'in', deploysAt(from, start, items))).as(
          'deploys',
        ),
        (start.type === 'ticket'
          ? sql<string[]>`(SELECT json_agg(name) FROM names)`
          : sql<string[]>`'[]'::json`
        ).as('names'),
      ];
    });
}

const workItems = (from: Reader, items: Ids) =>
  from
    .selectFrom('work_items')
    .selectAll()
    .where((eb) => isAmong(eb.ref('id'), items))
    .orderBy('created_at')
    .orderBy('id');

function commits(from: Reader, items: Ids, start: TraceStart) {
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

const prs = (from: Reader, items: Ids, start: TraceStart) =>
  prRows(from)
    .select((eb) => (start.type === 'pr' ? isPr(eb, start) : eb.lit(false)).as('is_start'))
    .where((eb) => isAmong(eb.ref('work_item_id'), items));
