import type { WorkItemResource } from '../../http/schemas/work-item.ts';
import type { ReadDatabase } from '../read-database.ts';
import { workItemsOf } from './work-items.ts';

export interface TracedTicket {
  readonly plane_ticket_id: string;
  readonly ticket_title: string | null;
  readonly ticket_url: string | null;
}

export interface Trace {
  readonly tickets: TracedTicket[];
  readonly work_items: WorkItemResource[];
}

/** The work on a ticket; both lists are empty when nothing is linked to it. */
export async function traceTicket(db: ReadDatabase, ticketId: string): Promise<Trace> {
  const links = await db
    .selectFrom('ticket_links')
    .select('work_item_id')
    .where('plane_ticket_id', '=', ticketId)
    .execute();
  const work_items = await workItemsOf(
    db,
    links.map((link) => link.work_item_id),
  );
  return { tickets: ticketsOf(work_items, ticketId), work_items };
}

/** A work item and its tickets; both lists are empty when there is none with this id. */
export async function traceWorkItem(db: ReadDatabase, id: string): Promise<Trace> {
  const work_items = await workItemsOf(db, [id]);
  return { tickets: ticketsOf(work_items), work_items };
}

/** Each ticket once, under the latest title and address that somebody gave. */
function ticketsOf(items: readonly WorkItemResource[], only?: string): TracedTicket[] {
  const links = items
    .flatMap((item) => item.tickets)
    .filter((link) => only === undefined || link.plane_ticket_id === only)
    .sort((a, b) => a.created_at.localeCompare(b.created_at));
  const tickets = new Map<string, TracedTicket>();
  for (const { plane_ticket_id, ticket_title, ticket_url } of links) {
    const known = tickets.get(plane_ticket_id);
    tickets.set(plane_ticket_id, {
      plane_ticket_id,
      ticket_title: ticket_title ?? known?.ticket_title ?? null,
      ticket_url: ticket_url ?? known?.ticket_url ?? null,
    });
  }
  return [...tickets.values()];
}
