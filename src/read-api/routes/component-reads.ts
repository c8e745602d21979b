import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ImiError } from '../../errors.ts';
import { componentKinds } from '../../events/component.ts';
import { type Consistency, readAfter } from '../../http/consistency.ts';
import { etagOf, isKnown } from '../../http/etag.ts';
import {
  componentGraph,
  componentResource,
  relationshipResource,
} from '../../http/schemas/component.ts';
import { errorResponses } from '../../http/schemas/error.ts';
import { idParams, readHeaders, readQuery, uuid } from '../../http/schemas/fields.ts';
import { pageOf, pageQuery } from '../../http/schemas/page.ts';
import { directions, readGraph, relationshipsOf } from '../queries/component-relationships.ts';
import { findComponent, listComponents } from '../queries/components.ts';
import { activeFilter } from '../query-fields.ts';
import type { ReadDatabase } from '../read-database.ts';

export interface ComponentReadOptions extends Consistency {
  readonly db: ReadDatabase;
}

const maxShown = 1000;

const listQuery = z.strictObject({
  ...readQuery,
  ...pageQuery,
  parent_project_id: uuid.optional(),
  kind: z.enum(componentKinds).optional(),
  enabled: activeFilter.default('all'),
});

const common = { tags: ['components'], headers: readHeaders };

/** The reads of components, their relationships and graph (spec/http.md). */
export const componentReads =
  (options: ComponentReadOptions): FastifyPluginAsyncZod =>
  async (app) => {
    const { db } = options;
    app.addHook('preHandler', readAfter(options));

    app.get(
      '/components',
      {
        schema: {
          ...common,
          operationId: 'listComponents',
          summary: 'List components',
          querystring: listQuery,
          response: { 200: pageOf(componentResource), ...errorResponses() },
        },
      },
      async ({ query: { offset, limit, parent_project_id, kind, enabled } }) => {
        const flag = enabled === 'all' ? undefined : enabled === 'true';
        const filter = { parent_project_id, kind, enabled: flag };
        return { ...(await listComponents(db, filter, { offset, limit })), offset, limit };
      },
    );

    app.get(
      '/components/:id',
      {
        schema: {
          ...common,
          operationId: 'getComponent',
          summary: 'Read a component, enabled or not',
          params: idParams,
          querystring: z.strictObject(readQuery),
          response: {
            200: componentResource,
            304: z.undefined().describe('Still as `If-None-Match` says'),
            ...errorResponses(404),
          },
        },
      },
      async ({ params: { id }, headers }, reply) => {
        const component = found(await findComponent(db, id), id);
        const etag = etagOf(component.revision);
        reply.header('etag', etag);
        if (!isKnown(headers['if-none-match'] as string | undefined, etag)) return component;
        return reply.code(304).send();
      },
    );

    app.get(
      '/components/:id/relationships',
      {
        schema: {
          ...common,
          operationId: 'listComponentRelationships',
          summary: 'The relationships that a component is an end of',
          params: idParams,
          querystring: z.strictObject({
            ...readQuery,
            ...pageQuery,
            direction: z
              .enum(directions)
              .default('both')
              .describe('outgoing: the component is the source'),
          }),
          response: { 200: pageOf(relationshipResource), ...errorResponses(404) },
        },
      },
      async ({ params: { id }, query: { offset, limit, direction } }) => {
        found(await findComponent(db, id), id);
        const list = await relationshipsOf(db, id, direction, { offset, limit });
        return { ...list, offset, limit };
      },
    );

    app.get(
      '/components/:id/graph',
      {
        schema: {
          ...common,
          operationId: 'getComponentGraph',
          summary: 'All that can be reached from a component',
          description: `Relationships are followed from source to target, back, or both ways. At most ${maxShown} components are shown.`,
          params: idParams,
          querystring: z.strictObject({
            ...readQuery,
            direction: z.enum(directions).default('outgoing'),
          }),
          response: { 200: componentGraph, ...errorResponses(404) },
        },
      },
      async ({ params: { id }, query: { direction } }) =>
        found(await readGraph(db, id, direction, maxShown), id),
    );
  };

function found<T>(answer: T | null, id: string): T {
  if (answer === null) throw new ImiError('NOT_FOUND', 'Component not found', { component_id: id });
  return answer;
}
