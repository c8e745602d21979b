import { z } from 'zod';
import { metadata, time, uuid } from './fields.ts';

/** What is shown of a ticket, by the link or, what the link does not say, by Plane. */
export const ticketFacts = {
  ticket_title: z.string().nullable(),
  ticket_url: z.string().nullable(),
  ticket_state: z.string().nullable().describe('null: Plane has not told of the ticket'),
  ticket_state_group: z.string().nullable(),
  ticket_deleted_at: time.nullable().describe('When Plane told that the ticket is gone'),
  ticket_observed_at: time.nullable().describe('When Plane first told of the ticket'),
  ticket_observed: z
    .enum(['before_work', 'after_work'])
    .nullable()
    .describe('Whether Plane told of the ticket before or after the work was started'),
};

/** A link between a work item and a ticket in Plane (spec/domain.md, "Links and trace"). */
export const ticketLinkResource = z
  .object({
    id: uuid,
    link_id: uuid.describe('The same as id'),
    work_item_id: uuid,
    plane_ticket_id: z.string(),
    ...ticketFacts,
    metadata,
    created_at: time,
  })
  .meta({
    id: 'TicketLink',
    description: 'A work item and a ticket that belong together',
    examples: [
      {
        id: '0d4f8e0a-7b53-5f0b-8d3c-0f6f1c0a9e11',
        link_id: '0d4f8e0a-7b53-5f0b-8d3c-0f6f1c0a9e11',
        work_item_id: '9b1c2a34-5d6e-5f70-8a9b-0c1d2e3f4a5b',
        plane_ticket_id: 'PROJ-123',
        ticket_title: 'Widgets spin backwards',
        ticket_url: 'https://plane.example.com/acme/PROJ-123',
        ticket_state: 'In Progress',
        ticket_state_group: 'started',
        ticket_deleted_at: null,
        ticket_observed_at: '2026-01-21T09:12:03.000Z',
        ticket_observed: 'before_work',
        metadata: {},
        created_at: '2026-01-21T14:31:00.000Z',
      },
    ],
  });

export type TicketLinkResource = z.infer<typeof ticketLinkResource>;
