import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type Consistency, readAfter } from '../../http/consistency.ts';
import { errorResponses } from '../../http/schemas/error.ts';
import { queryText, readHeaders, readQuery, uuid } from '../../http/schemas/fields.ts';
import { ticketFacts } from '../../http/schemas/ticket-link.ts';
import { workItemResource } from '../../http/schemas/work-item.ts';
import { invalidRequest } from '../../http/validation.ts';
import { type Trace, traceTicket, traceWorkItem } from '../queries/trace.ts';
import type { ReadDatabase } from '../read-database.ts';

export interface TraceReadOptions extends Consistency {
  readonly db: ReadDatabase;
}

const entityTypes = ['ticket', 'work_item'] as const;

const later = z.array(z.record(z.string(), z.unknown()));

const traceResource = z
  .object({
    entity: z.object({ type: z.enum(entityTypes), id: z.string() }),
    chain: z.object({
      tickets: z.array(z.object({ plane_ticket_id: z.string(), ...ticketFacts })),
      work_items: z.array(workItemResource),
      commits: later,
      prs: later,
      deploys: later,
    }),
  })
  .meta({ id: 'Trace', description: 'All that is connected, from ticket to deploy' });

/** `GET /trace/{entity_type}/{entity_id}` (spec/domain.md, "Trace"). */
export const traceReads =
  (options: TraceReadOptions): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('preHandler', readAfter(options));

    app.get(
      '/trace/:entity_type/:entity_id',
      {
        schema: {
          tags: ['trace'],
          operationId: 'trace',
          summary: 'All that is connected to a ticket or a work item',
          description: 'Nothing linked is an empty chain, not an error.',
          headers: readHeaders,
          params: z.object({ entity_type: z.enum(entityTypes), entity_id: queryText(500) }),
          querystring: z.strictObject(readQuery),
          response: { 200: traceResource, ...errorResponses() },
        },
      },
      async ({ params: { entity_type: type, entity_id: id } }) => ({
        entity: { type, id },
        chain: { ...(await traceOf(options.db, type, id)), commits: [], prs: [], deploys: [] },
      }),
    );
  };

function traceOf(db: ReadDatabase, type: (typeof entityTypes)[number], id: string): Promise<Trace> {
  if (type === 'ticket') return traceTicket(db, id);
  const parsed = uuid.safeParse(id);
  if (parsed.success) return traceWorkItem(db, parsed.data);
  const message = 'must be the id of a work item, a UUID';
  throw invalidRequest([{ location: 'params', path: 'entity_id', message }]);
}
