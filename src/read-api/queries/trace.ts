import { type Expression, type ExpressionBuilder, type Selectable, sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type { CommitsTable, ReadModels } from '../../projections/tables.ts';
import { prepared } from '../prepared.ts';
import type { ReadDatabase, Reader } from '../read-database.ts';
import type { TracedEntity } from '../traced-entity.ts';
import { withTimes } from './json-rows.ts';
import { type LinkedRow, linkColumns } from './links-of-work.ts';
import { namesOf } from './observed-tickets.ts';
import { isAmong, isCommit, isPr, type TraceStart, workItemsAt } from './trace-start.ts';
import { type TraceVariant, variantOf } from './trace-variants.ts';

/** What the one statement answers. */
export interface TraceRows {
  readonly work_items: readonly LinkedRow[];
  readonly commits: readonly Pick<Selectable<CommitsTable>, (typeof commitColumns)[number]>[];
  /** Whether some deploy may have shipped some of the work. */
  readonly may_be_deployed: boolean;
  /** Of a ticket that was asked for: all that links may call it by. */
  readonly names: readonly string[];
  /** Of pull requests that were asked for: their ids. */
  readonly prs: readonly string[];
}

/** Of a commit all but what it is in order by. */
const commitColumns = [
  ...(['work_item_id', 'hash', 'message', 'author_name', 'files'] as const),
  ...(['committed_at', 'seen_at'] as const),
] as const;

type Ids = Expression<string>;

/**
 * All that is connected to an entity (spec/domain.md, "Trace") but deploys, which little work has
 * and which cost as much as all the rest, in one statement: its work items, and what these are
 * linked to.
 */
export async function readTrace(db: ReadDatabase, entity: TracedEntity): Promise<TraceRows> {
  const variant = variantOf(entity);
  const [rows] = (await statementOf(variant)(db, ...variant.values)) as unknown as [TraceRows];
  withTimes(rows.work_items);
  withTimes(rows.commits);
  return rows;
}

type Statement = (db: ReadDatabase, ...values: readonly unknown[]) => Promise<readonly unknown[]>;
const statements = new Map<string, Statement>();

function statementOf({ name, startOf }: TraceVariant): Statement {
  const known = statements.get(name);
  if (known) return known;
  const statement: Statement = prepared(name, (from, ...values: unknown[]) =>
    chain(from, startOf(...(values as never[]))),
  );
  statements.set(name, statement);
  return statement;
}

function chain(db: Reader, start: TraceStart) {
  const isTicket = start.type === 'ticket';
  const named = isTicket ? db.with('names', () => namesOf(db, start.name)) : db;
  return (named as Reader)
    .with('items', (query) => workItemsAt(query, start))
    .selectNoFrom((eb) => {
      const items = eb.selectFrom('items').select('items.id').$asScalar();
      // Each part reads the tables alone, and the work items only as its condition.
      const from = eb as unknown as Reader;
      return [
        jsonArrayFrom(workItems(from, items)).as('work_items'),
        jsonArrayFrom(commits(from, items, start)).as('commits'),
        mayBeDeployed(eb, items).as('may_be_deployed'),
        (isTicket
          ? sql<string[]>`(SELECT json_agg(name) FROM names)`
          : sql<string[]>`'[]'::json`
        ).as('names'),
        (start.type === 'pr'
          ? sql<string[]>`ARRAY(${from
              .selectFrom('pr_links')
              .select('id')
              .where((pr) => isPr(pr, start))})`
          : sql<string[]>`ARRAY[]::uuid[]`
        ).as('prs'),
      ];
    });
}

const workItems = (from: Reader, items: Ids) =>
  from
    .selectFrom('work_items as w')
    .leftJoin('work_item_links as l', 'l.work_item_id', 'w.id')
    .selectAll('w')
    .select(linkColumns)
    .where((eb) => isAmong(eb.ref('w.id'), items))
    .orderBy('w.created_at')
    .orderBy('w.id');

function commits(from: Reader, items: Ids, start: TraceStart) {
  const all = from
    .selectFrom('commits')
    .select(commitColumns)
    .where((eb) => isAmong(eb.ref('work_item_id'), items))
    .orderBy('position')
    .orderBy('place')
    .orderBy('id');
  return start.type === 'commit' ? all.where((eb) => isCommit(eb.ref('hash'), start.hash)) : all;
}

/** By the names alone: a look at two indexes. Whether it was, the deploys themselves tell. */
const mayBeDeployed = (
  eb: Pick<ExpressionBuilder<ReadModels, never>, 'or' | 'exists' | 'selectFrom'>,
  items: Ids,
) =>
  eb.or([
    eb.exists(
      eb
        .selectFrom('deploy_work_items as named')
        .select('named.id')
        .where((named) => isAmong(named.ref('named.work_item_id'), items)),
    ),
    eb.exists(
      eb
        .selectFrom('commits as c')
        .innerJoin('deploy_commits as d', (join) =>
          join.on(sql<boolean>`left(d.hash, 7) = left(c.hash, 7)`),
        )
        .select('d.id')
        .where((commit) => isAmong(commit.ref('c.work_item_id'), items)),
    ),
  ]);
