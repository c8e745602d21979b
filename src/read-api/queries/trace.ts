import { type ExpressionBuilder, type Selectable, sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type { Texts } from '../../projections/named-query.ts';
import type { CommitsTable, ReadModels, WorkItemsTable } from '../../projections/tables.ts';
import { preparedTexts, quick } from '../prepared.ts';
import type { ReadDatabase, Reader } from '../read-database.ts';
import type { TracedEntity } from '../traced-entity.ts';
import { textColumns, textOf } from '../work-item-text.ts';
import { withTimes } from './json-rows.ts';
import { linkColumns, type WorkLinks } from './links-of-work.ts';
import { namesOf } from './observed-tickets.ts';
import { isAmong, isCommit, isPr, type TraceStart, workItemsAt } from './trace-start.ts';
import { type TraceVariant, variantOf } from './trace-variants.ts';

/** Of a commit all that is shown, and what commits are in order by. */
type CommitRow = Pick<Selectable<CommitsTable>, (typeof commitColumns)[number]>;

/** A work item on the chain. */
export interface TracedWork extends WorkLinks {
  readonly id: string;
  readonly project_id: string;
  readonly branch_name: string;
  readonly commits: readonly CommitRow[];
  /** Whether some deploy may have shipped it. */
  readonly may_be_deployed: boolean;
  /** Of a ticket that was asked for: all that links may call it by. */
  readonly names: readonly string[];
  /** Of pull requests that were asked for: the ids of its own. */
  readonly prs: readonly string[];
  /** All of it, to be written. */
  readonly texts: Texts;
}

const commitColumns = [
  ...(['work_item_id', 'hash', 'message', 'author_name', 'files'] as const),
  ...(['committed_at', 'seen_at', 'position', 'place', 'id'] as const),
] as const;

/**
 * The work items that an entity is connected to (spec/domain.md, "Trace"), oldest first, each with
 * what it is linked to, in one statement; but for deploys, which little work has and which cost as
 * much as all the rest.
 */
export async function readTrace(
  db: ReadDatabase,
  entity: TracedEntity,
): Promise<readonly TracedWork[]> {
  const variant = variantOf(entity);
  return (await statementOf(variant)(db, ...variant.values)).map(tracedWork);
}

const afterLinks = textColumns.length + linkColumns.length;

function tracedWork(texts: Texts): TracedWork {
  const [commits, mayBeDeployed, names, prs] = texts.slice(afterLinks);
  return {
    id: textOf(texts, 'id') ?? '',
    project_id: textOf(texts, 'project_id') ?? '',
    branch_name: textOf(texts, 'branch_name') ?? '',
    tickets: parsed(textOf(texts, 'tickets')),
    open_prs: parsed(textOf(texts, 'open_prs')),
    ended_prs: parsed(textOf(texts, 'ended_prs')),
    commits: withTimes(parsed<CommitRow[]>(commits) ?? []),
    may_be_deployed: mayBeDeployed === 't',
    names: parsed(names) ?? [],
    prs: parsed(prs) ?? [],
    texts,
  };
}

const parsed = <Value>(text: string | null | undefined): Value | null =>
  typeof text === 'string' ? JSON.parse(text) : null;

type Statement = (db: ReadDatabase, ...values: readonly unknown[]) => Promise<readonly Texts[]>;
const statements = new Map<string, Statement>();

function statementOf({ name, startOf }: TraceVariant): Statement {
  const known = statements.get(name);
  if (known) return known;
  const statement: Statement = preparedTexts(
    name,
    (from, ...values: unknown[]) => chain(from, startOf(...(values as never[]))),
    quick,
  );
  statements.set(name, statement);
  return statement;
}

function chain(db: Reader, start: TraceStart) {
  const isTicket = start.type === 'ticket';
  const named = isTicket ? db.with('names', () => namesOf(db, start.name)) : db;
  return (named as Reader)
    .with('items', (query) => workItemsAt(query, start))
    .selectFrom('work_items as w')
    .leftJoin('work_item_links as l', 'l.work_item_id', 'w.id')
    .select(textColumns.map((column) => `w.${column}` as const))
    .select(linkColumns)
    .select((eb) => [
      commits(eb, start).as('commits'),
      mayBeDeployed(eb).as('may_be_deployed'),
      sql`(${isTicket ? sql`SELECT json_agg(name) FROM names` : none})`.as('names'),
      sql`(${start.type === 'pr' ? prs(eb, start) : none})`.as('prs'),
    ])
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
