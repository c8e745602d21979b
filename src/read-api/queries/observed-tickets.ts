import { type Selectable, sql } from 'kysely';
import type { TicketsTable } from '../../projections/tables.ts';
import type { ReadDatabase } from '../read-database.ts';

/** A ticket as Plane tells of it, with the time it was first heard of under any of its names. */
export interface ObservedTicket extends Selectable<TicketsTable> {
  readonly first_observed_at: string;
}

/**
 * What was observed of tickets, by the names they are asked for: keys, or Plane's ids. A ticket that
 * was first heard of by Plane's id and got its key later has two rows, and is one ticket.
 */
export async function observedTickets(
  db: ReadDatabase,
  names: readonly string[],
): Promise<ReadonlyMap<string, ObservedTicket>> {
  if (names.length === 0) return new Map();
  const asked = sql<string[]>`${[...new Set(names)]}::text[]`;
  const rows = await db
    .selectFrom('tickets')
    .selectAll()
    .where((eb) =>
      eb.or([
        sql<boolean>`id = ANY(${asked})`,
        eb(
          'plane_issue_id',
          'in',
          eb
            .selectFrom('tickets')
            .select('plane_issue_id')
            .where(sql<boolean>`id = ANY(${asked}) OR plane_issue_id::text = ANY(${asked})`),
        ),
      ]),
    )
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

/** Every name that links may call a ticket by, the one asked for first. */
export async function namesOfTicket(
  db: ReadDatabase,
  name: string,
): Promise<readonly [string, ...string[]]> {
  const ticket = (await observedTickets(db, [name])).get(name);
  const others = [ticket?.id ?? name, ticket?.plane_issue_id ?? name];
  return [name, ...new Set(others.filter((other) => other !== name))];
}
