import { z } from 'zod';
import { count, shortText, time, titleText, uuid } from './fields.ts';

/** `PROJ` of `PROJ-123`, as Plane allows it. */
export const projectIdentifier = z
  .string()
  .trim()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,11}$/, 'must be the identifier of a Plane project, such as PROJ')
  .toUpperCase();

/** Plane counts tickets from 1, so `ADR-0002` is none, nor is an id of twenty digits. */
export const ticketKey = z
  .string()
  .trim()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,11}-[1-9]\d{0,8}$/, 'must be a ticket key, such as PROJ-123')
  .toUpperCase();

/** Only what is given has been observed; an absent fact stays as it was. */
export const observeTicket = z
  .object({
    plane_ticket_id: ticketKey.optional(),
    plane_issue_id: uuid.optional(),
    plane_project_id: uuid.optional(),
    sequence_id: count.min(1).optional(),
    ticket_title: titleText.optional(),
    ticket_url: z
      .url({ protocol: /^https?$/ })
      .max(2000)
      .optional(),
    ticket_state: shortText.optional(),
    ticket_state_group: shortText.optional(),
    /** When Plane says the ticket was changed; what is older than the recorded changes nothing. */
    plane_updated_at: time.optional(),
    deleted: z.boolean().optional(),
  })
  .refine((c) => c.plane_ticket_id !== undefined || c.plane_issue_id !== undefined, {
    message: 'give plane_ticket_id or plane_issue_id',
    path: ['plane_ticket_id'],
  });

export const observePlaneProject = z.object({
  plane_project_id: uuid,
  identifier: projectIdentifier,
  plane_project_name: shortText.optional(),
});

export type ObserveTicket = z.infer<typeof observeTicket>;
export type ObservePlaneProject = z.infer<typeof observePlaneProject>;
