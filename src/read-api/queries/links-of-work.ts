import { type Expression, type Selectable, sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type { PrLinkResource } from '../../http/schemas/pr-link.ts';
import type { PrLinksTable, TicketsTable } from '../../projections/tables.ts';
import { prepared } from '../prepared.ts';
import type { Reader } from '../read-database.ts';
import { withTimes } from './json-rows.ts';
import { ticketsCalled } from './observed-tickets.ts';
import { prLinkOf, prRows } from './pr-links.ts';
import { linkRows, type TicketLinkRow } from './ticket-links.ts';

export interface WorkLinks {
  readonly links: readonly TicketLinkRow[];
  /** What Plane tells of the tickets of these links. */
  readonly tickets: readonly Selectable<TicketsTable>[];
  readonly prs: readonly PrLinkResource[];
}

/** The same as `linkParts` answers it. */
export interface LinkParts {
  readonly links: readonly TicketLinkRow[];
  readonly tickets: readonly Selectable<TicketsTable>[];
  readonly prs: readonly Selectable<PrLinksTable>[];
}

/** What work items are linked to, oldest first, in one statement. */
export async function linksOfWork(db: Reader, ids: readonly string[]): Promise<WorkLinks> {
  if (ids.length === 0) return { links: [], tickets: [], prs: [] };
  const [parts] = (await read(db, ids)) as unknown as [LinkParts];
  return workLinks(parts);
}

/** The parts with times as in rows of a plain query. */
export const workLinks = (parts: LinkParts): WorkLinks => ({
  links: withTimes(parts.links),
  tickets: withTimes(parts.tickets),
  prs: withTimes(parts.prs).map(prLinkOf),
});

const read = prepared('links of work', (from, ids: readonly string[]) => {
  const asked = sql<string[]>`${ids}::uuid[]`;
  return withLinked(from, from, asked).selectNoFrom((eb) => linkParts(from, eb, asked));
});

/** A query with `linked`, the ticket links of the work items, for `linkParts`. */
export const withLinked = <Query extends Reader>(query: Query, from: Reader, ids: Ids) =>
  query.with('linked', () => linkRows(from).where((eb) => isAmong(eb.ref('work_item_id'), ids)));

/** All links of the work items, each kind of them as one JSON array. */
export function linkParts(from: Reader, query: Pick<Linked, 'selectFrom'>, ids: Ids) {
  const linked = sql`SELECT plane_ticket_id FROM linked`;
  return [
    jsonArrayFrom(query.selectFrom('linked').selectAll()).as('links'),
    jsonArrayFrom(ticketsCalled(from, linked)).as('tickets'),
    jsonArrayFrom(prRows(from).where((pr) => isAmong(pr.ref('work_item_id'), ids))).as('prs'),
  ];
}

type Linked = ReturnType<typeof withLinked<Reader>>;
type Ids = Expression<readonly string[]>;

const isAmong = (column: Expression<string>, ids: Ids) => sql<boolean>`${column} = ANY(${ids})`;
