import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { schemaRoutes } from '../../src/http/contract-routes.ts';
import { componentReads } from '../../src/read-api/routes/component-reads.ts';
import { conflictReads } from '../../src/read-api/routes/conflict-reads.ts';
import { eventReads } from '../../src/read-api/routes/event-reads.ts';
import { eventStreamRoute } from '../../src/read-api/routes/event-stream.ts';
import { historyReads } from '../../src/read-api/routes/history-reads.ts';
import { linkReads } from '../../src/read-api/routes/link-reads.ts';
import { operations } from '../../src/read-api/routes/operations.ts';
import { projectReads } from '../../src/read-api/routes/project-reads.ts';
import { statsReads } from '../../src/read-api/routes/stats-reads.ts';
import { traceReads } from '../../src/read-api/routes/trace-reads.ts';
import { untrackedReads } from '../../src/read-api/routes/untracked-reads.ts';
import { workItemReads } from '../../src/read-api/routes/work-item-reads.ts';
import { createHealthyProbes } from '../read-api/probes.ts';
import { serverWith, writeRoutes } from './server.ts';

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly description: string }[];
  readonly responses: {
    readonly [status: string]: {
      description: string;
      content?: Record<string, { schema: object }>;
    };
  };
  readonly requestBody?: { content: Record<string, { schema: Record<string, unknown> }> };
}

let app: FastifyInstance;
let document: { paths: Record<string, Record<string, Operation>>; components: Json };
type Json = { schemas: Record<string, Record<string, unknown>> };

beforeAll(async () => {
  const reads = {
    db: undefined as never,
    waitFor: async () => true,
    timeoutMs: 0,
    remoteHosts: ['github.com'],
    terms: undefined as never,
  };
  app = await serverWith({
    api: [
      ...writeRoutes().api,
      componentReads(reads),
      projectReads(reads),
      workItemReads(reads),
      untrackedReads(reads),
      conflictReads(reads),
      linkReads(reads),
      traceReads(reads),
      statsReads(reads),
      historyReads({ store: undefined as never }),
      schemaRoutes(() => []),
      eventReads({ store: undefined as never }),
      eventStreamRoute({ feed: undefined as never, maxStreams: 1 }),
    ],
    operations: [operations(createHealthyProbes())],
  });
  document = (await app.inject({ url: '/openapi.json' })).json();
});
afterAll(() => app.close());

const operationsOf = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

it('The document is valid OpenAPI 3.1', async () => {
  const schema = await readFile(new URL('./openapi-3.1.schema.json', import.meta.url), 'utf8');
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const validate = ajv.compile(JSON.parse(schema));
  validate(document);
  expect(validate.errors ?? []).toEqual([]);
});

it('Every schema in the document is valid JSON Schema 2020-12', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'https://imi.test/openapi', ...document } as object);
  for (const name of Object.keys(document.components.schemas)) {
    ajv.compile({ $ref: `https://imi.test/openapi#/components/schemas/${name}` });
  }
  for (const { operation } of operationsOf()) {
    const contents = [operation.requestBody, ...Object.values(operation.responses)];
    for (const { schema } of contents.flatMap((c) => Object.values(c?.content ?? {}))) {
      expect(ajv.validateSchema(schema), JSON.stringify(schema)).toBe(true);
    }
  }
});

it('It describes every operation with an id of its own, a summary, a tag and its errors', () => {
  const all = operationsOf();
  expect(all.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
    'delete /api/v1/components/{id}/relationships',
    'delete /api/v1/projects/{id}',
    'get /api/v1/components',
    'get /api/v1/components/{id}',
    'get /api/v1/components/{id}/graph',
    'get /api/v1/components/{id}/relationships',
    'get /api/v1/events',
    'get /api/v1/events/stream',
    'get /api/v1/history/{entity}/{id}',
    'get /api/v1/links',
    'get /api/v1/links/ticket/{plane_ticket_id}',
    'get /api/v1/projects',
    'get /api/v1/projects/by-origin',
    'get /api/v1/projects/{id}',
    'get /api/v1/projects/{id}/path',
    'get /api/v1/schemas',
    'get /api/v1/schemas/{event_type}',
    'get /api/v1/stats',
    'get /api/v1/trace/{entity_type}/{entity_id}',
    'get /api/v1/work',
    'get /api/v1/work/conflicts',
    'get /api/v1/work/inflight',
    'get /api/v1/work/untracked',
    'get /api/v1/work/{id}',
    'get /health',
    'get /metrics',
    'get /ready',
    'patch /api/v1/components/{id}',
    'patch /api/v1/links/pr/{pr_link_id}',
    'patch /api/v1/projects/{id}',
    'patch /api/v1/projects/{id}/branches/{branch}/git-state',
    'patch /api/v1/work/{id}/git-state',
    'post /api/v1/components',
    'post /api/v1/components/import',
    'post /api/v1/components/{id}/relationships',
    'post /api/v1/links/deploy',
    'post /api/v1/links/pr',
    'post /api/v1/links/ticket',
    'post /api/v1/projects',
    'post /api/v1/work',
    'post /api/v1/work/{id}/complete',
  ]);
  const ids = all.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(all.length);
  for (const { path, operation } of all) {
    expect(operation.operationId, path).toBeTruthy();
    expect(operation.summary, path).toBeTruthy();
    expect(operation.tags, path).toHaveLength(1);
    expect(operation.responses['500'], path).toBeDefined();
    for (const response of Object.values(operation.responses)) {
      expect(response.description, path).not.toBe('Default Response');
    }
  }
});

it('It says that errors are JSON, also where answers are not', () => {
  for (const { operation, path } of operationsOf()) {
    const errors = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
    for (const [status, { content = {} }] of errors) {
      expect(Object.keys(content), `${path} ${status}`).toEqual(['application/json']);
    }
  }
});

it('It says that every write may be refused for its If-Match, and a body for its type and size', () => {
  for (const { method, path, operation } of operationsOf()) {
    if (method === 'get') continue;
    expect(Object.keys(operation.responses), path).toEqual(
      expect.arrayContaining(['412', '413', '415']),
    );
  }
});

it('It shows resources as named schemas with examples that fit them', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'https://imi.test/openapi', ...document } as object);
  const { schemas } = document.components;
  for (const name of [
    'Project',
    'WorkItem',
    'TicketLink',
    'Component',
    'ComponentRelationship',
    'Error',
  ]) {
    const validate = ajv.compile({ $ref: `https://imi.test/openapi#/components/schemas/${name}` });
    const [example] = (schemas[name]?.examples ?? []) as unknown[];
    validate(example);
    expect(validate.errors ?? []).toEqual([]);
  }
});

it('It says that unknown fields of a body are errors', () => {
  for (const { operation, path } of operationsOf()) {
    const { content = {} } = operation.requestBody ?? {};
    for (const [type, { schema }] of Object.entries(content)) {
      expect(schema.additionalProperties, path).toBe(type.includes('json') ? false : undefined);
    }
  }
});

it('It says which reads answer as of a moment, and in what forms it may be given', () => {
  const reads = operationsOf().filter(({ operation }) =>
    operation.parameters?.some(({ name, description }) => {
      return name === 'as_of' && /position.*RFC 3339/.test(description);
    }),
  );
  expect(
    reads.map(({ method, path }) => `${method} ${path.replace('/api/v1', '')}`).sort(),
  ).toEqual([
    ...['get /links', 'get /links/ticket/{plane_ticket_id}', 'get /projects'],
    ...['get /projects/by-origin', 'get /projects/{id}', 'get /projects/{id}/path'],
    ...['get /work', 'get /work/inflight', 'get /work/{id}'],
  ]);
});

it('The root leads to the documentation, which loads', async () => {
  const root = await app.inject({ url: '/' });
  expect([root.statusCode, root.headers.location]).toEqual([302, '/docs']);
  const docs = await app.inject({ url: '/docs' });
  const page = docs.statusCode === 302 ? await app.inject({ url: '/docs/' }) : docs;
  expect(page.statusCode).toBe(200);
  expect(page.body).toContain('swagger-ui');
  // Over plain HTTP a browser that upgrades its requests finds neither scripts nor styles.
  expect(page.headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
});
