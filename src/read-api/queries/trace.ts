import { type ExpressionBuilder, type Selectable, sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type { Texts } from '../../projections/named-query.ts';
import type { CommitsTable, ReadModels, WorkItemsTable } from '../../projections/tables.ts';
import { keptOfEach } from '../kept-rows.ts';
import { preparedTexts, quick } from '../prepared.ts';
import type { ReadDatabase, Reader } from '../read-database.ts';
import type { Terms } from '../standing.ts';
import type { TracedEntity } from '../traced-entity.ts';
import { type ShownWork, showing, stillStanding, textColumns, textOf } from '../work-item-text.ts';
import { withTimes } from './json-rows.ts';
import { linkColumns, type WorkLinks } from './links-of-work.ts';
import { namesOf } from './observed-tickets.ts';
import { isAmong, isCommit, isPr, type TraceStart, workItemsAt } from './trace-start.ts';
import { type TraceVariant, variantOf } from './trace-variants.ts';
import { workVersion, writtenBy } from './work-version.ts';

/** Of a commit all that is shown, and what commits are in order by. */
type CommitRow = Pick<Selectable<CommitsTable>, (typeof commitColumns)[number]>;

/** A commit as it is shown, with what commits are in order by. */
type TracedCommit = CommitRow & Pick<TracedItem, 'branch_name'>;

/** What the rows of a work item tell. */
interface TracedItem extends WorkLinks {
  readonly id: string;
  readonly project_id: string;
  readonly branch_name: string;
  /** Each once, also when it was told by a short hash and by a longer one. */
  readonly commits: readonly TracedCommit[];
  /** All of it, to be written. */
  readonly shown: ShownWork;
}

/** A work item on the chain. */
export interface TracedWork extends TracedItem {
  /** Whether some deploy may have shipped it. */
  readonly may_be_deployed: boolean;
  /** Of a ticket that was asked for: all that links may call it by. */
  readonly names: readonly string[];
  /** Of pull requests that were asked for: the ids of its own. */
  readonly prs: readonly string[];
}

const commitColumns = [
  ...(['work_item_id', 'hash', 'message', 'author_name', 'files'] as const),
  ...(['committed_at', 'seen_at', 'position', 'place', 'id'] as const),
] as const;

/**
 * The work items that an entity is connected to (spec/domain.md, "Trace"), oldest first, each with
 * what it is linked to; but for deploys, which little work has and which cost as much as all the rest.
 */
export async function readTrace(
  db: ReadDatabase,
  entity: TracedEntity,
  terms: Terms,
): Promise<readonly TracedWork[]> {
  const variant = variantOf(entity);
  const { values } = variant;
  const { connections, rows } = statementsOf(variant);
  const show = showing(terms);
  // Of a work item it shows some commits and not all.
  if (entity.type === 'commit') {
    return (await rows(db, ...values)).map((row) => tracedWork(tracedItem(row, show), row));
  }
  const kept = keptOf(db);
  const connected = await connections(db, ...values);
  const found = kept.find(connected);
  const stands = stillStanding(terms);
  if (found?.every(({ shown }) => stands(shown))) {
    return found.map((item, index) => tracedWork(item, connected[index] ?? []));
  }
  return (await rows(db, ...values)).map((row) =>
    tracedWork(kept.keep(row, versionPlace, tracedItem(row, show)), row),
  );
}

const keptOf = keptOfEach<ReadDatabase, TracedItem>();

const commitsPlace = textColumns.length + linkColumns.length;
const versionPlace = commitsPlace + 1;

function tracedItem(texts: Texts, show: (row: Texts) => ShownWork): TracedItem {
  const branch_name = textOf(texts, 'branch_name') ?? '';
  return {
    id: textOf(texts, 'id') ?? '',
    project_id: textOf(texts, 'project_id') ?? '',
    branch_name,
    tickets: parsed(textOf(texts, 'tickets')),
    open_prs: parsed(textOf(texts, 'open_prs')),
    ended_prs: parsed(textOf(texts, 'ended_prs')),
    commits: eachOnce(withTimes(parsed<CommitRow[]>(texts[commitsPlace]) ?? [])).map((commit) =>
      Object.assign(commit, { branch_name }),
    ),
    shown: show(texts),
  };
}

/** Without those that were told by a longer hash too. */
function eachOnce(commits: readonly CommitRow[]): readonly CommitRow[] {
  const hashes = commits.map(({ hash }) => hash).sort();
  // In this order a short hash stands right before the longer ones that begin with it.
  const cut = new Set(hashes.filter((hash, index) => hashes[index + 1]?.startsWith(hash)));
  return commits.filter(({ hash }) => !cut.has(hash));
}

/** @param texts end with what of the work depends on more than its own rows */
function tracedWork(item: TracedItem, texts: Texts): TracedWork {
  const [mayBeDeployed, names, prs] = texts.slice(-3);
  return {
    ...item,
    may_be_deployed: mayBeDeployed === 't',
    names: parsed(names) ?? [],
    prs: parsed(prs) ?? [],
  };
}

const parsed = <Value>(text: string | null | undefined): Value | null =>
  typeof text === 'string' ? JSON.parse(text) : null;

type Statement = (db: ReadDatabase, ...values: readonly unknown[]) => Promise<readonly Texts[]>;

interface Statements {
  /** The id of each work item, its version, and what `tracedWork` takes. */
  readonly connections: Statement;
  /** Columns of work, links and commits, and the same behind them. */
  readonly rows: Statement;
}

const statements = new Map<string, Statements>();

function statementsOf({ name, startOf }: TraceVariant): Statements {
  const known = statements.get(name);
  if (known) return known;
  const made: Statements = {
    connections: preparedTexts(
      `connections of ${name}`,
      (from, ...values: unknown[]) => {
        const start = startOf(...(values as never[]));
        const items = chain(from, start).select('w.id').select(version);
        return items.select((eb) => connections(eb, start));
      },
      quick,
    ),
    rows: preparedTexts(
      name,
      (from, ...values: unknown[]) => {
        const start = startOf(...(values as never[]));
        return chain(from, start)
          .select(textColumns.map((column) => `w.${column}` as const))
          .select(linkColumns)
          .select((eb) => commits(eb, start).as('commits'))
          .select(version)
          .select((eb) => connections(eb, start));
      },
      quick,
    ),
  };
  statements.set(name, made);
  return made;
}

const version = workVersion(writtenBy('w'), sql`w.position`);

function chain(db: Reader, start: TraceStart) {
  const named = start.type === 'ticket' ? db.with('names', () => namesOf(db, start.name)) : db;
  return (named as Reader)
    .with('items', (query) => workItemsAt(query, start))
    .selectFrom('work_items as w')
    .leftJoin('work_item_links as l', 'l.work_item_id', 'w.id')
    .where((eb) =>
      // `items` is of this statement alone, and no table that is known.
      isAmong(
        eb.ref('w.id'),
        (eb as unknown as Items).selectFrom('items').select('items.id').$asScalar(),
      ),
    )
    .orderBy('w.created_at')
    .orderBy('w.id');
}

const connections = (eb: OfWork, start: TraceStart) => [
  mayBeDeployed(eb).as('may_be_deployed'),
  sql`(${start.type === 'ticket' ? sql`SELECT json_agg(name) FROM names` : none})`.as('names'),
  sql`(${start.type === 'pr' ? prs(eb, start) : none})`.as('prs'),
];

const none = sql`SELECT NULL::json`;

type Items = ExpressionBuilder<ReadModels & { items: { id: string } }, never>;
type OfWork = ExpressionBuilder<ReadModels & { w: WorkItemsTable }, 'w'>;

function commits(eb: Pick<OfWork, 'selectFrom'>, start: TraceStart) {
  const all = eb
    .selectFrom('commits')
    .select(commitColumns)
    .whereRef('commits.work_item_id', '=', 'w.id');
  return jsonArrayFrom(
    start.type === 'commit' ? all.where((commit) => isCommit(commit.ref('hash'), start.hash)) : all,
  );
}

const prs = (eb: Pick<OfWork, 'selectFrom'>, start: Extract<TraceStart, { type: 'pr' }>) =>
  eb
    .selectFrom('pr_links')
    .select(sql<string>`json_agg(pr_links.id)`.as('ids'))
    .whereRef('pr_links.work_item_id', '=', 'w.id')
    .where((pr) => isPr(pr as never, start));

/** By the names alone: a look at two indexes. Whether it was, the deploys themselves tell. */
const mayBeDeployed = (eb: Pick<OfWork, 'or' | 'exists' | 'selectFrom'>) =>
  eb.or([
    eb.exists(
      eb
        .selectFrom('deploy_work_items as named')
        .select('named.id')
        .whereRef('named.work_item_id', '=', 'w.id'),
    ),
    eb.exists(
      eb
        .selectFrom('commits as c')
        .innerJoin('deploy_commits as d', (join) =>
          join.on(sql<boolean>`left(d.hash, 7) = left(c.hash, 7)`),
        )
        .select('d.id')
        .whereRef('c.work_item_id', '=', 'w.id'),
    ),
  ]);
