import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ImiError } from '../../errors.ts';
import { sourceTypes, workTypes } from '../../events/work-item.ts';
import { type Consistency, readAfter } from '../../http/consistency.ts';
import { etagOf, isKnown } from '../../http/etag.ts';
import { asOf, asOfParams } from '../../http/schemas/as-of.ts';
import { errorResponses } from '../../http/schemas/error.ts';
import {
  idParams,
  queryInteger,
  queryText,
  readHeaders,
  readQuery,
  uuid,
} from '../../http/schemas/fields.ts';
import { pageOf, pageQuery } from '../../http/schemas/page.ts';
import { statuses, workItemResource } from '../../http/schemas/work-item.ts';
import { standAt } from '../as-of.ts';
import { findWorkItem, listInflight, listWorkItems } from '../queries/work-items.ts';
import { activeFilter } from '../query-fields.ts';
import type { ReadDatabase } from '../read-database.ts';
import type { Terms } from '../standing.ts';

export interface WorkItemReadOptions extends Consistency {
  readonly db: ReadDatabase;
  readonly terms: () => Terms;
}

const asOfQuery = { ...readQuery, as_of: asOf };

const whose = { project_id: uuid.optional(), owner_id: queryText(200).optional() };

const staleFilter = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .optional()
  .describe('Only work that goes nowhere, or only work that does not');

const listQuery = z.strictObject({
  ...asOfQuery,
  ...pageQuery,
  ...whose,
  work_type: z.enum(workTypes).optional(),
  status: z.enum(statuses).optional(),
  active: activeFilter.default('all'),
  source_type: z.enum(sourceTypes).optional(),
  source_ref: queryText(500).optional(),
  stale: staleFilter,
});

const inflightQuery = z.strictObject({
  ...asOfQuery,
  ...pageQuery,
  ...whose,
  // Who asks what is going on means all of it.
  limit: queryInteger(1, 500).default(500),
  stale: staleFilter,
  include: z.literal('clean').optional().describe('All active work, clean or not'),
});

const common = { tags: ['work'], headers: readHeaders };

/** The reads of work items (spec/http.md). */
export const workItemReads =
  (options: WorkItemReadOptions): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('preHandler', readAfter(options));

    app.get(
      '/work',
      {
        schema: {
          ...common,
          operationId: 'listWork',
          summary: 'List work items',
          querystring: listQuery,
          response: { 200: pageOf(workItemResource), ...errorResponses() },
        },
      },
      async ({ query: { offset, limit, active, after: _after, as_of, ...filter } }) => {
        const wanted = { ...filter, active: active === 'all' ? undefined : active === 'true' };
        const { from, terms } = await standAt(options, as_of);
        const list = await listWorkItems(from, wanted, { offset, limit }, terms);
        return { ...list, offset, limit };
      },
    );

    app.get(
      '/work/inflight',
      {
        schema: {
          ...common,
          operationId: 'listInflightWork',
          summary: 'Active work that is not clean, with advice',
          querystring: inflightQuery,
          response: { 200: pageOf(workItemResource), ...errorResponses() },
        },
      },
      async ({ query: { offset, limit, include, project_id, owner_id, stale, as_of } }) => {
        const { from, terms } = await standAt(options, as_of);
        const filter = { project_id, owner_id, stale };
        const list =
          include === 'clean'
            ? await listWorkItems(from, { ...filter, active: true }, { offset, limit }, terms)
            : await listInflight(from, filter, { offset, limit }, terms);
        return { ...list, offset, limit };
      },
    );

    app.get(
      '/work/:id',
      {
        schema: {
          ...common,
          operationId: 'getWork',
          summary: 'Read a work item',
          params: idParams,
          querystring: z.strictObject(asOfQuery),
          response: {
            200: workItemResource,
            304: z.undefined().describe('Still as `If-None-Match` says'),
            ...errorResponses(404),
          },
        },
      },
      async ({ params: { id }, query: { as_of }, headers }, reply) => {
        const { from, terms } = await standAt(options, as_of);
        const item = await findWorkItem(from, id, terms);
        if (item === null) {
          const params = { work_item_id: id, ...asOfParams(as_of) };
          throw new ImiError('NOT_FOUND', 'Work item not found', params);
        }
        const etag = etagOf(item.revision);
        reply.header('etag', etag);
        if (!isKnown(headers['if-none-match'] as string | undefined, etag)) return item;
        return reply.code(304).send();
      },
    );
  };
