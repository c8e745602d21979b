import { type Selectable, sql } from 'kysely';
import type { TicketLinkResource } from '../../http/schemas/ticket-link.ts';
import type { TicketLinksTable } from '../../projections/tables.ts';
import { prepared } from '../prepared.ts';
import type { Reader } from '../read-database.ts';
import { namesOfTicket, type ObservedTicket, observedTickets } from './observed-tickets.ts';
import type { Paging } from './projects.ts';

/** A ticket link by its id. */
export async function findTicketLink(db: Reader, id: string): Promise<TicketLinkResource | null> {
  const [link] = await ticketLinksOf(db, await linksIn(db).where('l.id', '=', id).execute());
  return link ?? null;
}

/** The ticket links of work items, oldest first. */
export async function linksOfWorkItems(
  db: Reader,
  workItemIds: readonly string[],
): Promise<TicketLinkResource[]> {
  return ticketLinksOf(db, await linksOf(db, workItemIds));
}

const linksOf = prepared('ticket links of work', (from, workItemIds: readonly string[]) =>
  linksIn(from).where(sql<boolean>`l.work_item_id = ANY(${workItemIds}::uuid[])`),
);

/** One page of the links of a ticket, under whichever of its names, oldest first. */
export async function linksOfTicket(
  db: Reader,
  ticketId: string,
  { offset, limit }: Paging,
): Promise<{ readonly items: TicketLinkResource[]; readonly total: number }> {
  const names = await namesOfTicket(db, ticketId);
  const [rows, { n }] = await Promise.all([
    linksIn(db)
      .where('l.plane_ticket_id', 'in', [...names])
      .offset(offset)
      .limit(limit)
      .execute(),
    db
      .selectFrom('ticket_links')
      .where('plane_ticket_id', 'in', [...names])
      .select((eb) => eb.fn.countAll<bigint>().as('n'))
      .executeTakeFirstOrThrow(),
  ]);
  return { items: await ticketLinksOf(db, rows), total: Number(n) };
}

export type TicketLinkRow = Selectable<TicketLinksTable>;

/** A link, and when its work was started. */
export interface LinkRow extends TicketLinkRow {
  /** Null while the stream of the work item is parked. */
  readonly work_started_at: string | null;
}

const linksIn = (db: Reader) =>
  db
    .selectFrom('ticket_links as l')
    .leftJoin('work_items as w', 'w.id', 'l.work_item_id')
    .selectAll('l')
    .select('w.created_at as work_started_at')
    .orderBy('l.created_at')
    .orderBy('l.id');

/** Links as the API shows them, joined with what Plane tells of their tickets. */
async function ticketLinksOf(db: Reader, rows: readonly LinkRow[]): Promise<TicketLinkResource[]> {
  return linksWith(rows, await observedTickets(db, rows.map(nameIn)));
}

const nameIn = (link: TicketLinkRow) => link.plane_ticket_id;

/** Links with what was observed of their tickets, by the names that they call these. */
export const linksWith = (rows: readonly LinkRow[], tickets: ReadonlyMap<string, ObservedTicket>) =>
  rows.map((row) => resourceOf(row, tickets.get(row.plane_ticket_id)));

/** What the link itself does not say is shown as Plane says it. */
const resourceOf = (row: LinkRow, ticket: ObservedTicket | undefined): TicketLinkResource => ({
  id: row.id,
  link_id: row.id,
  work_item_id: row.work_item_id,
  plane_ticket_id: row.plane_ticket_id,
  ticket_title: row.ticket_title ?? ticket?.ticket_title ?? null,
  ticket_url: row.ticket_url ?? ticket?.ticket_url ?? null,
  ticket_state: ticket?.ticket_state ?? null,
  ticket_state_group: ticket?.ticket_state_group ?? null,
  ticket_deleted_at: ticket?.deleted_at ?? null,
  ticket_observed_at: ticket?.first_observed_at ?? null,
  ticket_observed: ticket && row.work_started_at ? orderOf(ticket, row.work_started_at) : null,
  metadata: row.metadata,
  created_at: row.created_at,
});

const orderOf = ({ first_observed_at }: ObservedTicket, workStartedAt: string) =>
  first_observed_at <= workStartedAt ? 'before_work' : 'after_work';
