import type { PlaneProjects } from '../events/plane-project.ts';
import { type Ticket, type TicketFacts, ticketFactNames } from '../events/ticket.ts';
import {
  type Decision,
  type DecisionContext,
  type Reservation,
  unchanged,
  write,
} from './decision.ts';
import type { ObservePlaneProject, ObserveTicket } from './ticket-schemas.ts';

/**
 * The id a ticket goes by: its key, or Plane's own id until the project's identifier is known. An
 * issue that has a key keeps it, also when its project is renamed in Plane.
 */
export function ticketIdOf(
  { plane_ticket_id, plane_issue_id, plane_project_id, sequence_id }: ObserveTicket,
  knownAs: string | null,
  projects: PlaneProjects | null,
): string {
  if (knownAs !== null) return knownAs;
  if (plane_ticket_id !== undefined) return plane_ticket_id;
  const project = plane_project_id === undefined ? undefined : projects?.get(plane_project_id);
  if (project !== undefined && sequence_id !== undefined) {
    return `${project.identifier}-${sequence_id}`;
  }
  return plane_issue_id ?? '';
}

/** Records what differs from what was heard last; what is late, or says nothing new, changes nothing. */
export function decideObserveTicket(
  state: Ticket | null,
  command: ObserveTicket,
  context: DecisionContext,
): Decision {
  const updatedAt = command.plane_updated_at && new Date(command.plane_updated_at).toISOString();
  if (state !== null && isLate(state, command, updatedAt)) return unchanged({});
  const next = factsAfter(state, command, context.now);
  const changed_fields = ticketFactNames.filter((name) => next[name] !== (state?.[name] ?? null));
  if (state !== null && changed_fields.length === 0) return unchanged({});
  const data = {
    plane_ticket_id: context.entityId,
    ...next,
    plane_updated_at: updatedAt ?? state?.plane_updated_at ?? null,
    changed_fields,
  };
  const reserve = issueOf(next, state, context.entityId);
  return write([{ type: 'imi.ticket.observed', data }], reserve);
}

/** Records the identifier that the keys of a Plane project's tickets begin with. */
export function decideObservePlaneProject(
  state: PlaneProjects | null,
  command: ObservePlaneProject,
): Decision {
  const known = state?.get(command.plane_project_id);
  const plane_project_name = command.plane_project_name ?? known?.name ?? null;
  if (known?.identifier === command.identifier && known.name === plane_project_name) {
    return unchanged({});
  }
  const data = { ...command, plane_project_name };
  return write([{ type: 'imi.ticket.project_observed', data }]);
}

/** Deliveries overtake each other; and what is gone is only back when Plane says so later. */
function isLate(state: Ticket, { deleted }: ObserveTicket, updatedAt: string | undefined): boolean {
  if (deleted) return state.deleted_at !== null;
  if (state.deleted_at !== null) return updatedAt === undefined || updatedAt <= state.deleted_at;
  return (
    updatedAt !== undefined && state.plane_updated_at !== null && updatedAt < state.plane_updated_at
  );
}

function factsAfter(state: Ticket | null, command: ObserveTicket, now: string): TicketFacts {
  const ticket_state = command.ticket_state ?? state?.ticket_state ?? null;
  // The group belongs to the state: it does not outlive it.
  const group = ticket_state === state?.ticket_state ? state.ticket_state_group : null;
  return {
    plane_issue_id: command.plane_issue_id ?? state?.plane_issue_id ?? null,
    plane_project_id: command.plane_project_id ?? state?.plane_project_id ?? null,
    sequence_id: command.sequence_id ?? state?.sequence_id ?? null,
    ticket_title: command.ticket_title ?? state?.ticket_title ?? null,
    ticket_url: command.ticket_url ?? state?.ticket_url ?? null,
    ticket_state,
    ticket_state_group: command.ticket_state_group ?? group,
    deleted_at: command.deleted ? now : null,
  };
}

/** Leads from Plane's id to the key: a deletion names nothing but the id. */
function issueOf(
  { plane_issue_id: issue }: TicketFacts,
  state: Ticket | null,
  ticketId: string,
): Reservation | undefined {
  if (issue === null || issue === ticketId || issue === state?.plane_issue_id) return undefined;
  return {
    kind: 'issue',
    key: issue,
    taken: (holder) => ({
      code: 'CONFLICT',
      message: 'This issue is known under another key',
      params: { plane_issue_id: issue, plane_ticket_id: holder },
    }),
  };
}
