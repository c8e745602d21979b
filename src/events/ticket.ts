import { z } from 'zod';

/** What Plane says of a ticket. */
const facts = {
  /** Null for a ticket that is known by its key alone. */
  plane_issue_id: z.uuid().nullable(),
  plane_project_id: z.uuid().nullable(),
  sequence_id: z.int().nullable(),
  ticket_title: z.string().nullable(),
  ticket_url: z.string().nullable(),
  ticket_state: z.string().nullable(),
  ticket_state_group: z.string().nullable(),
  /** When iMi heard that the ticket is gone. */
  deleted_at: z.iso.datetime().nullable(),
};

export type TicketFacts = z.infer<z.ZodObject<typeof facts>>;

export const ticketFactNames = Object.keys(facts) as readonly (keyof TicketFacts)[];

export const ticketEvents = {
  'imi.ticket.observed': z.object({
    /** The key, `PROJ-123`; Plane's own id as long as the project's identifier is not known. */
    plane_ticket_id: z.string(),
    ...facts,
    /** When Plane says the ticket was changed. */
    plane_updated_at: z.iso.datetime().nullable(),
    changed_fields: z.array(z.string()),
  }),
} as const;

export type TicketEvent = {
  [T in keyof typeof ticketEvents]: {
    readonly type: T;
    readonly data: z.infer<(typeof ticketEvents)[T]>;
  };
}[keyof typeof ticketEvents];

/** A ticket as its stream tells it (spec/domain.md, `ticket-{plane_ticket_id}`). */
export interface Ticket extends TicketFacts {
  readonly id: string;
  readonly plane_updated_at: string | null;
  /** When it was first heard of. */
  readonly created_at: string;
  readonly updated_at: string;
}

/** Folds one event, that happened at `at`, into a ticket; `null` is one never heard of. */
export function evolveTicket(state: Ticket | null, { data }: TicketEvent, at: string): Ticket {
  const { plane_ticket_id, changed_fields: _, ...rest } = data;
  return { ...rest, id: plane_ticket_id, created_at: state?.created_at ?? at, updated_at: at };
}
