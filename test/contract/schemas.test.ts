import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asyncApiOf } from '../../src/contract/asyncapi.ts';
import {
  eventContracts,
  publishedExample,
  recordedExample,
} from '../../src/contract/event-contracts.ts';
import { type SchemaDocument, schemaDocuments } from '../../src/contract/schema-documents.ts';
import { asyncApiRoute, schemaRoutes } from '../../src/http/contract-routes.ts';
import { serverWith } from '../http/server.ts';

let app: FastifyInstance;
const asyncApi = () =>
  asyncApiOf({ version: '1', exchange: 'e', queueType: 'quorum', brokerUrl: undefined });
beforeAll(async () => {
  app = await serverWith({
    apiKey: 'a key of some length',
    api: [schemaRoutes(schemaDocuments)],
    operations: [asyncApiRoute(asyncApi)],
  });
});
afterAll(() => app.close());

const get = (url: string) => app.inject({ url, headers: { 'x-api-key': 'a key of some length' } });
const schemaOf = async (name: string): Promise<SchemaDocument> =>
  (await get(`/api/v1/schemas/${name}`)).json();

it('Every event and command is listed with its version and leads to its schemas', async () => {
  const { items } = (await get('/api/v1/schemas')).json();
  expect(items).toContainEqual({
    name: 'imi.work.started',
    kind: 'event',
    version: 1,
    href: '/api/v1/schemas/imi.work.started',
  });
  expect(items).toContainEqual({
    name: 'imi.cmd.start_work',
    kind: 'command',
    version: null,
    href: '/api/v1/schemas/imi.cmd.start_work',
  });
  for (const { href } of items) expect((await get(href)).statusCode, href).toBe(200);
});

it('Every schema is valid JSON Schema 2020-12 under an id of its own', () => {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const schemas = schemaDocuments().flatMap(({ payload, message }) => [payload, message]);
  for (const schema of schemas) ajv.compile(schema);
  expect(new Set(schemas.map(({ $id }) => $id)).size).toBe(schemas.length);
});

it.each(eventContracts)(
  '$type: its schemas describe it as recorded and as published',
  async (c) => {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    const { payload, message } = await schemaOf(c.type);
    expect(ajv.validate(payload, recordedExample(c).data), ajv.errorsText()).toBe(true);
    expect(ajv.validate(message, publishedExample(c)), ajv.errorsText()).toBe(true);
    expect(ajv.validate(message, recordedExample(c).data)).toBe(false);
  },
);

it('What iMi neither publishes nor takes is not found', async () => {
  const answer = await get('/api/v1/schemas/imi.no.such');
  expect(answer.statusCode).toBe(404);
  expect(answer.json().detail).toMatchObject({
    code: 'NOT_FOUND',
    params: { event_type: 'imi.no.such' },
  });
});

it('The AsyncAPI document is served to those with a key', async () => {
  expect((await get('/asyncapi.json')).json()).toEqual(JSON.parse(JSON.stringify(asyncApi())));
  expect((await app.inject({ url: '/asyncapi.json' })).statusCode).toBe(401);
});
