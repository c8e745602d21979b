import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { errorResponses } from '../../http/schemas/error.ts';
import { type TicketLinkResource, ticketLinkResource } from '../../http/schemas/ticket-link.ts';
import { linkTicket } from '../work-item-schemas.ts';
import { canonical } from './aliases.ts';
import type { WriteDoor } from './write-door.ts';
import { accepted, rehearsed, writeHeaders, writeQuery } from './write-schemas.ts';

export interface LinkCommandOptions {
  readonly door: WriteDoor;
  readonly readTicketLink: (id: string) => Promise<TicketLinkResource | null>;
}

const aliases = { branch: 'branch_name' };
const ticketBody = z.strictObject({
  ...linkTicket.shape,
  branch: linkTicket.shape.branch_name.describe('Another name for branch_name'),
});

/** `POST /links/ticket` (spec/http.md): 201 when the link is new, 200 when it was there. */
export const linkCommands =
  ({ door, readTicketLink }: LinkCommandOptions): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(
      '/links/ticket',
      {
        schema: {
          tags: ['links'],
          operationId: 'linkTicket',
          summary: 'Link a ticket to a work item',
          description: 'The work item by its id, or by project and branch.',
          headers: writeHeaders,
          querystring: writeQuery,
          body: ticketBody.meta({
            examples: [
              {
                work_item_id: '9b1c2a34-5d6e-5f70-8a9b-0c1d2e3f4a5b',
                plane_ticket_id: 'PROJ-123',
              },
            ],
          }),
          response: {
            200: z.union([ticketLinkResource, rehearsed]),
            201: ticketLinkResource,
            202: accepted,
            ...errorResponses(404, 409, 412, 413, 415),
          },
        },
      },
      (request, reply) =>
        door.answer(request, reply, {
          command: 'link_ticket',
          body: canonical(request.body, aliases),
          status: { accepted: 201, unchanged: 200 },
          show: (ids) => readTicketLink(ids.link_id ?? ''),
        }),
    );
  };
