import type { Ticket } from '../../events/ticket.ts';
import type { Policy, Reaction } from './policy.ts';

type NamedTicket = Omit<Ticket, 'id' | 'created_at' | 'updated_at'>;

/** Tickets of a Plane project that still go by Plane's id, as of a position at the least. */
export type UnnamedTickets = (
  planeProjectId: string,
  position: bigint,
) => Promise<readonly NamedTicket[]>;

/**
 * A ticket heard of before its project's identifier goes by Plane's id, and gets its key once the
 * identifier is known. The two may be heard of at the same time, by different processes: so each
 * such ticket is observed once more as well, which changes nothing as long as it stays unnamed.
 */
export function completeTicketsOfKnownProjects(unnamed: UnnamedTickets): Policy {
  return {
    name: 'complete-tickets-of-known-projects',
    reactsTo: ['imi.ticket.project_observed', 'imi.ticket.observed'],
    async react(event) {
      if (event.type === 'imi.ticket.project_observed') {
        return (await unnamed(event.data.plane_project_id, event.position)).flatMap(observeAgain);
      }
      const isUnnamed =
        event.type === 'imi.ticket.observed' &&
        event.data.plane_ticket_id === event.data.plane_issue_id;
      return isUnnamed ? observeAgain(event.data) : [];
    },
  };
}

function observeAgain(ticket: NamedTicket): readonly Reaction[] {
  const { plane_issue_id, plane_project_id, sequence_id, deleted_at } = ticket;
  if (plane_issue_id === null || plane_project_id === null || sequence_id === null) return [];
  const { ticket_title, ticket_url, ticket_state, ticket_state_group, plane_updated_at } = ticket;
  return [
    {
      name: 'observe_ticket',
      subject: plane_issue_id,
      body: {
        plane_issue_id,
        plane_project_id,
        sequence_id,
        ...(ticket_title !== null && { ticket_title }),
        ...(ticket_url !== null && { ticket_url }),
        ...(ticket_state !== null && { ticket_state }),
        ...(ticket_state_group !== null && { ticket_state_group }),
        ...(plane_updated_at !== null && { plane_updated_at }),
        ...(deleted_at !== null && { deleted: true }),
      },
    },
  ];
}
