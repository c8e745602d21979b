import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fastify, { type FastifyInstance, type RouteOptions } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import { describeResponses } from './response-docs.ts';
import { schemaController } from './validation.ts';

const description = `Projects, the work agents do on them, and what it is linked to.

Every write answers with \`Imi-Position\`; a read with \`Imi-After\` waits until its read model has come there. Writes wait by themselves unless they say \`Prefer: respond-async\`. \`Idempotency-Key\` is the id of the command: it has one outcome, however often it is sent. Entities carry an \`ETag\`; \`If-Match\` makes a write conditional.`;

/**
 * A server that has the documentation of routes, and does not listen: OpenAPI 3.1 from the schemas
 * that validate (`swagger()`), and pages to try it under `/docs`.
 */
export async function documentationSite(
  routes: readonly RouteOptions[],
  version: string,
): Promise<FastifyInstance> {
  const site: FastifyInstance = fastify({ schemaController });
  await site.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'iMi', version, description, license: { name: 'MIT', identifier: 'MIT' } },
      tags: [
        { name: 'projects', description: 'Repositories that iMi knows' },
        { name: 'work', description: 'Work on a branch, from start to completion' },
        { name: 'links', description: 'What a work item is linked to' },
        { name: 'components', description: 'The parts of a project, and how they relate' },
        { name: 'trace', description: 'All that is connected to one thing' },
        { name: 'history', description: 'What was recorded, with who and why' },
        { name: 'contract', description: 'What messages on Bloodbank look like' },
        { name: 'operations', description: 'For those who run iMi' },
      ],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        },
      },
      security: [{ bearer: [] }, { apiKey: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (swaggered) => {
      const document = jsonSchemaTransformObject(swaggered) as Document;
      describeResponses(document);
      showTextBodies(document);
      return withoutUnused(document);
    },
  });
  await site.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    // iMi speaks HTTP: a browser told to upgrade asks for scripts and styles where nobody answers.
    transformStaticCSP: (policy) => policy.replace(' upgrade-insecure-requests;', ''),
  });
  for (const { method, url, schema = {} } of routes) {
    site.route({ method, url, schema, handler: () => undefined });
  }
  await site.ready();
  return site;
}

type Document = Partial<OpenAPIV3_1.Document>;

/** A body that is not JSON is text: it has no fields to describe. */
function showTextBodies(document: Document): void {
  for (const path of Object.values(document.paths ?? {})) {
    const body = path?.post?.requestBody as OpenAPIV3_1.RequestBodyObject | undefined;
    if (body === undefined) continue;
    for (const type of Object.keys(body.content)) {
      if (!type.includes('json')) body.content[type] = { schema: { type: 'string' } };
    }
  }
}

/** Each schema is offered as input and as output; those that no route or schema refers to go. */
function withoutUnused(document: Document): Document {
  const text = JSON.stringify(document);
  const schemas = Object.entries(document.components?.schemas ?? {}).filter(([name]) =>
    text.includes(`"#/components/schemas/${name}"`),
  );
  return {
    ...document,
    components: { ...document.components, schemas: Object.fromEntries(schemas) },
  };
}
