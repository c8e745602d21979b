import type { TicketLinkResource } from '../../http/schemas/ticket-link.ts';
import type { WorkItemResource } from '../../http/schemas/work-item.ts';
import type { ReadDatabase } from '../read-database.ts';
import { namesOfTicket, observedTickets } from './observed-tickets.ts';
import { workItemsOf } from './work-items.ts';

export type TracedTicket = Pick<
  TicketLinkResource,
  | 'plane_ticket_id'
  | 'ticket_title'
  | 'ticket_url'
  | 'ticket_state'
  | 'ticket_state_group'
  | 'ticket_deleted_at'
  | 'ticket_observed_at'
  | 'ticket_observed'
>;

export interface Trace {
  readonly tickets: TracedTicket[];
  readonly work_items: WorkItemResource[];
}

/**
 * The work on a ticket, under whichever of its names; both lists are empty when nothing is linked to
 * it and Plane has not told of it.
 */
export async function traceTicket(db: ReadDatabase, ticketId: string): Promise<Trace> {
  const names = await namesOfTicket(db, ticketId);
  const links = await db
    .selectFrom('ticket_links')
    .select('work_item_id')
    .where('plane_ticket_id', 'in', names)
    .execute();
  const work_items = await workItemsOf(
    db,
    links.map((link) => link.work_item_id),
  );
  const tickets = ticketsOf(work_items, names);
  return { tickets: tickets.length > 0 ? tickets : await unlinked(db, ticketId), work_items };
}

/** A work item and its tickets; both lists are empty when there is none with this id. */
export async function traceWorkItem(db: ReadDatabase, id: string): Promise<Trace> {
  const work_items = await workItemsOf(db, [id]);
  return { tickets: ticketsOf(work_items), work_items };
}

/** Each ticket once, under the latest title and address that somebody gave. */
function ticketsOf(items: readonly WorkItemResource[], only?: readonly string[]): TracedTicket[] {
  const links = items
    .flatMap((item) => item.tickets)
    .filter((link) => only === undefined || only.includes(link.plane_ticket_id))
    .sort((a, b) => a.created_at.localeCompare(b.created_at));
  const tickets = new Map<string, TracedTicket>();
  for (const link of links) {
    const known = tickets.get(link.plane_ticket_id);
    tickets.set(link.plane_ticket_id, {
      plane_ticket_id: link.plane_ticket_id,
      ticket_title: link.ticket_title ?? known?.ticket_title ?? null,
      ticket_url: link.ticket_url ?? known?.ticket_url ?? null,
      ticket_state: link.ticket_state,
      ticket_state_group: link.ticket_state_group,
      ticket_deleted_at: link.ticket_deleted_at,
      ticket_observed_at: link.ticket_observed_at,
      // Of several work items, the first: what came before that came before all of them.
      ticket_observed: known?.ticket_observed ?? link.ticket_observed,
    });
  }
  return [...tickets.values()];
}

async function unlinked(db: ReadDatabase, name: string): Promise<TracedTicket[]> {
  const ticket = (await observedTickets(db, [name])).get(name);
  if (ticket === undefined) return [];
  return [
    {
      plane_ticket_id: ticket.id,
      ticket_title: ticket.ticket_title,
      ticket_url: ticket.ticket_url,
      ticket_state: ticket.ticket_state,
      ticket_state_group: ticket.ticket_state_group,
      ticket_deleted_at: ticket.deleted_at,
      ticket_observed_at: ticket.first_observed_at,
      ticket_observed: null,
    },
  ];
}
