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

/** What work items are linked to, oldest first, in one statement. */
export async function linksOfWork(db: Reader, ids: readonly string[]): Promise<WorkLinks> {
  if (ids.length === 0) return { links: [], tickets: [], prs: [] };
  const [parts] = (await read(db, ids)) as unknown as [Parts];
  return {
    links: withTimes(parts.links),
    tickets: withTimes(parts.tickets),
    prs: withTimes(parts.prs).map(prLinkOf),
  };
}

interface Parts {
  readonly links: readonly TicketLinkRow[];
  readonly tickets: readonly Selectable<TicketsTable>[];
  readonly prs: readonly Selectable<PrLinksTable>[];
}

const read = prepared('links of work', (from, ids: readonly string[]) => {
  const asked = sql`${ids}::uuid[]`;
  const isAsked = (column: Expression<string>) => sql<boolean>`${column} = ANY(${asked})`;
  const linked = sql`SELECT plane_ticket_id FROM linked`;
  return from
    .with('linked', () => linkRows(from).where((eb) => isAsked(eb.ref('work_item_id'))))
    .selectNoFrom((eb) => [
      jsonArrayFrom(eb.selectFrom('linked').selectAll()).as('links'),
      jsonArrayFrom(ticketsCalled(from, linked)).as('tickets'),
      jsonArrayFrom(prRows(from).where((pr) => isAsked(pr.ref('work_item_id')))).as('prs'),
    ]);
});
