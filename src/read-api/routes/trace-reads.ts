import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type Consistency, readAfter } from '../../http/consistency.ts';
import { errorResponses } from '../../http/schemas/error.ts';
import { queryText, readHeaders, readQuery } from '../../http/schemas/fields.ts';
import {
  type TracedType,
  type TraceResource,
  tracedTypes,
  traceResource,
} from '../../http/schemas/trace.ts';
import { invalidRequest } from '../../http/validation.ts';
import type { ReadDatabase } from '../read-database.ts';
import type { Terms } from '../standing.ts';
import { traceFrom } from '../trace.ts';
import { entityForms, parseTracedEntity } from '../traced-entity.ts';

export interface TraceReadOptions extends Consistency {
  readonly db: ReadDatabase;
  readonly remoteHosts: readonly string[];
  readonly terms: () => Terms;
}

/** `GET /trace/{entity_type}/{entity_id}` (spec/domain.md, "Trace"). */
export const traceReads =
  (options: TraceReadOptions): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('preHandler', readAfter(options));
    const common = {
      tags: ['trace'],
      headers: readHeaders,
      querystring: z.strictObject(readQuery),
      response: { 200: traceResource, ...errorResponses() },
    };
    const entityType = z.enum(tracedTypes);
    const entityId = queryText(2000);

    async function trace(type: TracedType, id: string): Promise<TraceResource> {
      const start = parseTracedEntity(type, id, options.remoteHosts);
      if (start === null) {
        const message = `must be ${entityForms[type]}`;
        throw invalidRequest([{ location: 'params', path: 'entity_id', message }]);
      }
      return { entity: { type, id }, ...(await traceFrom(options.db, start, options.terms())) };
    }

    app.get(
      '/trace/:entity_type/:entity_id',
      {
        schema: {
          ...common,
          operationId: 'trace',
          summary: 'All that is connected to a ticket, work item, branch, commit, PR or deploy',
          description: [
            'Nothing linked is an empty chain, not an error. By type, the id is',
            ...Object.entries(entityForms).map(([type, form]) => `\`${type}\`: ${form}`),
          ].join('\n- '),
          params: z.object({ entity_type: entityType, entity_id: entityId }),
        },
      },
      ({ params: { entity_type, entity_id } }) => trace(entity_type, entity_id),
    );

    // The same with the slashes of branches and addresses as they are.
    app.get(
      '/trace/:entity_type/*',
      {
        schema: {
          ...common,
          hide: true,
          params: z.object({ entity_type: entityType, '*': entityId }),
        },
      },
      ({ params }) => trace(params.entity_type, params['*']),
    );
  };
