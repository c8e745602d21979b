import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { SchemaDocument } from '../contract/schema-documents.ts';
import { ImiError } from '../errors.ts';
import { once } from '../once.ts';
import { errorResponses } from './schemas/error.ts';
import { queryText } from './schemas/fields.ts';

type Awaitable<T> = T | Promise<T>;

const face = {
  name: z.string().describe('Event type, or routing key of a command'),
  kind: z.enum(['event', 'command']),
  version: z.int().nullable().describe('`schema_version` of the event; commands have none'),
};
const jsonSchema = z.record(z.string(), z.unknown());
const schemaSummary = z
  .object({ ...face, href: z.string() })
  .meta({ id: 'SchemaSummary', description: 'Where the schemas of a message are' });
const schemaResource = z
  .object({
    ...face,
    payload: jsonSchema.describe('JSON Schema of the event as recorded, or of the command itself'),
    message: jsonSchema.describe('JSON Schema of the whole message'),
  })
  .meta({ id: 'Schema', description: 'JSON Schemas (2020-12) of a message on Bloodbank' });

/** `GET /schemas` and `GET /schemas/{event_type}`; the documents are made when first asked for. */
export const schemaRoutes =
  (schemaDocuments: () => Awaitable<readonly SchemaDocument[]>): FastifyPluginAsyncZod =>
  async (app) => {
    const documents = once(schemaDocuments);

    app.get(
      '/schemas',
      {
        schema: {
          tags: ['contract'],
          operationId: 'listSchemas',
          summary: 'Every event that is published and every command that is taken',
          response: { 200: z.object({ items: z.array(schemaSummary) }), ...errorResponses() },
        },
      },
      async ({ routeOptions }) => ({
        items: (await documents()).map(({ name, kind, version }) => {
          return { name, kind, version, href: `${routeOptions.url}/${name}` };
        }),
      }),
    );

    app.get(
      '/schemas/:event_type',
      {
        schema: {
          tags: ['contract'],
          operationId: 'getSchema',
          summary: 'JSON Schemas of an event, in its current version, or of a command',
          params: z.object({ event_type: queryText(255) }),
          response: { 200: schemaResource, ...errorResponses(404) },
        },
      },
      async ({ params: { event_type } }) => {
        const found = (await documents()).find(({ name }) => name === event_type);
        if (found) return found;
        throw new ImiError('NOT_FOUND', 'iMi neither publishes nor takes this', { event_type });
      },
    );
  };

/** `GET /asyncapi.json`: what goes over Bloodbank, made when first asked for. */
export const asyncApiRoute =
  (document: () => Awaitable<object>): FastifyPluginAsyncZod =>
  async (app) => {
    const served = once(document);
    app.get('/asyncapi.json', { schema: { hide: true } }, async () => served());
  };
