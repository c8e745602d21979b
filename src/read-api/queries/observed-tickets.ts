import { type RawBuilder, type Selectable, sql } from 'kysely';
import { tableOf } from '../../projections/generation.ts';
import { liveSchema, type TicketsTable } from '../../projections/tables.ts';
import { versionedTables } from '../../projections/versioned-tables.ts';
import { prepared } from '../prepared.ts';
import { isNow, type Reader } from '../read-database.ts';

/** A ticket as Plane tells of it, with the time it was first heard of under any of its names. */
export interface ObservedTicket extends Selectable<TicketsTable> {
  readonly first_observed_at: string;
}

const askedFor = prepared('observed tickets', (from, names: readonly string[]) =>
  ticketsCalled(from, sql`SELECT unnest(${names}::text[])`),
);

/** What was observed of tickets, by the names they are asked for: keys, or Plane's ids. */
export async function observedTickets(
  db: Reader,
  names: readonly string[],
): Promise<ReadonlyMap<string, ObservedTicket>> {
  if (names.length === 0) return new Map();
  return ticketsByName(await askedFor(db, names), names);
}

/**
 * The tickets of these names, from the rows of `ticketsCalled`. A ticket that was first heard of by
 * Plane's id and got its key later has two rows, and is one ticket.
 */
export function ticketsByName(
  rows: readonly Selectable<TicketsTable>[],
  names: readonly string[],
): ReadonlyMap<string, ObservedTicket> {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const byIssue = Map.groupBy(rows, (row) => row.plane_issue_id);
  const found = new Map<string, ObservedTicket>();
  for (const name of names) {
    const own = byId.get(name);
    const family = byIssue.get(own ? own.plane_issue_id : name) ?? [];
    // Rows that are known by their key alone have no issue to be one with.
    const rowsOfTicket = own?.plane_issue_id === null ? [own] : family;
    const [first] = rowsOfTicket;
    const lasting = rowsOfTicket.find((row) => row.id !== row.plane_issue_id) ?? first;
    if (first && lasting) found.set(name, { ...lasting, first_observed_at: first.created_at });
  }
  return found;
}

/** The rows of the tickets with names, and all that are of one issue with these, oldest first. */
const ticketsCalled = (from: Reader, names: RawBuilder<unknown>) =>
  isNow(from) ? ticketsNow(from, names) : ticketsThen(from, names);

/** The names are read more than once. */
const ticketsNow = (from: Reader, names: RawBuilder<unknown>) =>
  oldestFirst(from).where(
    // Arrays are worked out first, and each looked up in its index.
    sql<boolean>`(tickets.id = ANY(ARRAY(${names}))
      OR tickets.plane_issue_id = ANY(ARRAY(
        SELECT own.plane_issue_id FROM ${tableOf(liveSchema, 'tickets')} AS own
        WHERE own.id = ANY(ARRAY(${names}))
        UNION ALL ${issuesAmong(names)}
      )))`,
  );

/**
 * As of a moment the rows hide behind what they were then, and only the id leads to them: what may be
 * of an issue is looked up among all that ever were.
 */
function ticketsThen(from: Reader, names: RawBuilder<unknown>) {
  const versions = tableOf(liveSchema, versionedTables.tickets.versions);
  return oldestFirst(from).where(
    'tickets.id',
    'in',
    sql<string>`(
      WITH asked (name) AS MATERIALIZED (${names})
      SELECT name FROM asked
      UNION
      SELECT other.id FROM asked JOIN ${versions} AS own ON own.id = asked.name
      JOIN ${versions} AS other ON other.plane_issue_id = own.plane_issue_id
      UNION
      SELECT id FROM ${versions} WHERE plane_issue_id IN (${issuesAmong(sql`SELECT name FROM asked`)})
    )`,
  );
}

const oldestFirst = (from: Reader) =>
  from.selectFrom('tickets').selectAll('tickets').orderBy('tickets.created_at');

const issueForm = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';

const ofIssueForm = new RegExp(issueForm);

/** Whether a name has the form of Plane's own ids. */
export const isIssueId = (name: string): boolean => ofIssueForm.test(name);

/** The names that are Plane's own ids. */
const issuesAmong = (names: RawBuilder<unknown>) => sql`
  SELECT CASE WHEN name ~ ${sql.lit(issueForm)} THEN name::uuid END
  FROM (${names}) AS asked (name)`;

const namesAsked = prepared('names of a ticket', (from, name: string) =>
  from
    .with('names', () => namesOf(from, name))
    .selectFrom('names')
    .select('name'),
);

/** Every name that links may call a ticket by, the one asked for among them. */
export const namesOfTicket = async (db: Reader, name: string): Promise<readonly string[]> =>
  (await namesAsked(db, name)).map((row) => row.name);

/**
 * The same as a query, some names more than once: the ticket is what has this name now, or the issue
 * that it is the id of.
 */
export function namesOf(from: Reader, name: string) {
  const now = tableOf(liveSchema, 'tickets');
  const called = isNow(from)
    ? sql`SELECT * FROM ${now}`
    : ticketsThen(from, sql`SELECT ${name}::text`);
  return sql<{ name: string }>`(
    WITH called AS NOT MATERIALIZED (${called}), issue (id) AS (
      SELECT plane_issue_id FROM called WHERE id = ${name}
      UNION ALL
      SELECT plane_issue_id FROM called WHERE plane_issue_id::text = ${name}
      LIMIT 1
    )
    SELECT ${name}::text AS name
    UNION ALL SELECT id FROM called WHERE plane_issue_id = (SELECT id FROM issue)
    UNION ALL SELECT id::text FROM issue WHERE id IS NOT NULL
  )`;
}
