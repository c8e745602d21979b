import { type RawBuilder, type Selectable, sql } from 'kysely';
import { tableOf } from '../../projections/generation.ts';
import { liveSchema, type TicketsTable } from '../../projections/tables.ts';
import { versionedTables } from '../../projections/versioned-tables.ts';
import type { Reader } from '../read-database.ts';

/** A ticket as Plane tells of it, with the time it was first heard of under any of its names. */
export interface ObservedTicket extends Selectable<TicketsTable> {
  readonly first_observed_at: string;
}

/**
 * What was observed of tickets, by the names they are asked for: keys, or Plane's ids. A ticket that
 * was first heard of by Plane's id and got its key later has two rows, and is one ticket.
 */
export async function observedTickets(
  db: Reader,
  names: readonly string[],
): Promise<ReadonlyMap<string, ObservedTicket>> {
  if (names.length === 0) return new Map();
  const rows = await db
    .selectFrom('tickets')
    .selectAll()
    .where('id', 'in', relatedTo(names))
    .orderBy('created_at')
    .execute();
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

const issueForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Ids of the rows that are, or ever were, of one issue with a name. By their indexes: conditions that
 * are joined with OR would look at every ticket.
 */
function relatedTo(names: readonly string[]): RawBuilder<string> {
  const asked = sql`${[...new Set(names)]}::text[]`;
  const issues = sql`${names.filter((name) => issueForm.test(name))}::uuid[]`;
  const versions = tableOf(liveSchema, versionedTables.tickets.versions);
  return sql`(
    SELECT unnest(${asked})
    UNION
    SELECT other.id FROM ${versions} AS own
    JOIN ${versions} AS other ON other.plane_issue_id = own.plane_issue_id
    WHERE own.id = ANY(${asked})
    UNION
    SELECT id FROM ${versions} WHERE plane_issue_id = ANY(${issues})
  )`;
}

/** Every name that links may call a ticket by, the one asked for first. */
export async function namesOfTicket(
  db: Reader,
  name: string,
): Promise<readonly [string, ...string[]]> {
  const ticket = (await observedTickets(db, [name])).get(name);
  const others = [ticket?.id ?? name, ticket?.plane_issue_id ?? name];
  return [name, ...new Set(others.filter((other) => other !== name))];
}
