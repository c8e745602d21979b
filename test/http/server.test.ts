import { createHash } from 'node:crypto';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { ImiError } from '../../src/errors.ts';
import { toUuid } from '../../src/events/ids.ts';
import type { AnsweredRequest } from '../../src/http/server.ts';
import { serverWith, writeServer } from './server.ts';

const routes: FastifyPluginAsyncZod = async (app) => {
  app.get('/who', async (request) => ({ actor: request.principal.name, id: request.id }));
  app.post('/who', async (request) => ({ actor: request.principal.name }));
  app.get('/open', { config: { open: true } }, async () => ({ open: true }));
  app.get('/broken', async () => {
    throw new Error('password=hunter2 at 10.0.0.1');
  });
  app.get('/internal', async () => {
    throw new ImiError('INTERNAL_ERROR', 'the stack says hunter2');
  });
  app.get('/away', async () => {
    throw new Error('connect ECONNREFUSED');
  });
};

let app: FastifyInstance;
afterEach(() => app.close());
const get = (path: string, headers = {}) => app.inject({ url: `/api/v1${path}`, headers });

describe('API keys', () => {
  const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');
  const keys = {
    apiKey: 'plain-key',
    apiKeys: [
      { name: 'dashboard', scope: 'read' as const, sha256: sha256('reader') },
      { name: 'orchestrator', scope: 'write' as const, sha256: sha256('writer') },
    ],
    api: [routes],
  };

  it('name who asks, given as a bearer token or in X-API-Key', async () => {
    app = await serverWith(keys);
    const actor = async (headers: object) => (await get('/who', headers)).json().actor;
    expect(await actor({ authorization: 'Bearer reader' })).toBe('dashboard');
    expect(await actor({ authorization: 'bearer writer' })).toBe('orchestrator');
    expect(await actor({ 'x-api-key': 'writer' })).toBe('orchestrator');
    expect(await actor({ 'x-api-key': 'plain-key' })).toBe('api');
  });

  it('are asked for with 401, also where there is nothing', async () => {
    app = await serverWith(keys);
    for (const headers of [
      {},
      { 'x-api-key': 'wrong' },
      { 'x-api-key': '' },
      { authorization: 'Basic cmVhZGVy' },
      { authorization: 'Bearer' },
      // The hash itself is no key.
      { 'x-api-key': sha256('writer') },
    ]) {
      const response = await get('/who', headers);
      expect(response.statusCode).toBe(401);
      expect(response.json().detail.code).toBe('UNAUTHORIZED');
      expect(response.headers['www-authenticate']).toContain('Bearer');
    }
    expect((await get('/nothing/here')).statusCode).toBe(401);
    expect((await app.inject({ url: '/openapi.json' })).statusCode).toBe(401);
  });

  it('with read scope may not write', async () => {
    app = await serverWith(keys);
    const write = (key: string) =>
      app.inject({ method: 'POST', url: '/api/v1/who', headers: { 'x-api-key': key } });
    expect((await write('reader')).json().detail.code).toBe('FORBIDDEN');
    expect((await write('reader')).statusCode).toBe(403);
    expect((await write('writer')).statusCode).toBe(200);
  });

  it('are not needed on open routes, nor anywhere when none is configured', async () => {
    app = await serverWith(keys);
    expect((await get('/open')).statusCode).toBe(200);
    await app.close();
    app = await serverWith({ api: [routes] });
    expect((await get('/who')).json().actor).toBe('anonymous');
  });

  it('and bodies stay out of the log', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'trace' }, { write: (line) => lines.push(line) });
    const server = await writeServer({ apiKeys: keys.apiKeys, logger });
    app = server.app;
    await app.inject({
      method: 'POST',
      url: '/api/v1/projects?x=secret-query',
      headers: { 'x-api-key': 'writer' },
      payload: { name: 'secret-name', remote_origin: 'git@github.com:a/b.git' },
    });
    await app.inject({
      method: 'DELETE',
      url: '/api/v1/projects/3f0e6d1c-1a5b-5d8e-9d8b-6f2f0f1d2c3b',
      headers: { authorization: 'Bearer writer', cookie: 'secret-cookie' },
    });
    await server.app.inject({ url: '/api/v1/projects/ghp_secretsecretsecret00' });
    const log = lines.join('');
    expect(log).toContain('"actor":"orchestrator"');
    expect(log).toContain('"command":"deactivate_project"');
    expect(log).not.toMatch(/secret|writer/);
  });
});

describe('The correlation id', () => {
  it('is taken over and echoed, and is a UUID inside', async () => {
    app = await serverWith({ api: [routes] });
    const given = await get('/who', { 'x-correlation-id': 'corr-456' });
    expect(given.headers['x-correlation-id']).toBe('corr-456');
    expect(given.json().id).toBe(toUuid('corr-456'));
    const fresh = await get('/who');
    expect(fresh.headers['x-correlation-id']).toBe(fresh.json().id);
    expect(toUuid(fresh.json().id)).toBe(fresh.json().id);
  });

  it('comes with errors too', async () => {
    app = await serverWith();
    const response = await get('/nothing', { 'x-correlation-id': 'corr-1' });
    expect(response.headers['x-correlation-id']).toBe('corr-1');
  });
});

describe('Errors', () => {
  it('have one form, unknown routes included', async () => {
    app = await serverWith();
    const response = await get('/nothing');
    expect(response.statusCode).toBe(404);
    expect(response.json()).toEqual({
      detail: {
        code: 'NOT_FOUND',
        message: 'There is nothing under this method and path',
        params: {},
      },
    });
  });

  it('that nobody foresaw tell nothing of the inside', async () => {
    app = await serverWith({ api: [routes] });
    for (const path of ['/broken', '/internal']) {
      const response = await get(path);
      expect(response.statusCode).toBe(500);
      expect(response.json().detail.code).toBe('INTERNAL_ERROR');
      expect(response.body).not.toContain('hunter2');
    }
  });

  it('of a store that is away are 503 and say when to come back', async () => {
    const isUnavailable = (error: unknown) => String(error).includes('ECONNREFUSED');
    app = await serverWith({ api: [routes], isUnavailable });
    const response = await get('/away');
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('1');
    expect(response.json().detail.code).toBe('UNAVAILABLE');
  });

  it('are 429 beyond the requests of a minute', async () => {
    app = await serverWith({ api: [routes], requestsPerMinute: 2 });
    await get('/who');
    await get('/who');
    const response = await get('/who');
    expect(response.statusCode).toBe(429);
    expect(response.json().detail.code).toBe('RATE_LIMITED');
    expect(response.headers['retry-after']).toBeDefined();
  });

  it.each([
    ['is not HTTP', 'nonsense\r\n\r\n', 400],
    ['has endless headers', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    [
      'expects what nobody can',
      'GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\nConnection: close\r\n\r\n',
      417,
    ],
    ['names two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n', 400],
  ])('answer what %s', async (_what, request, status) => {
    app = await serverWith();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.write(request);
    const answer = await text(socket);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const [json] = /\{.*\}/s.exec(answer) ?? [];
    const body = JSON.parse(String(json));
    expect(body.detail.code).toBe('VALIDATION_ERROR');
  });
});

describe('Cross-origin requests', () => {
  it('are answered for the origins of the setting, and before a key is asked for', async () => {
    app = await serverWith({
      api: [routes],
      apiKey: 'plain-key',
      corsOrigins: ['https://dash.example'],
    });
    const preflight = (origin: string) =>
      app.inject({
        method: 'OPTIONS',
        url: '/api/v1/who',
        headers: { origin, 'access-control-request-method': 'PATCH' },
      });
    const allowed = await preflight('https://dash.example');
    expect(allowed.statusCode).toBe(204);
    expect(allowed.headers['access-control-allow-origin']).toBe('https://dash.example');
    expect(allowed.headers['access-control-allow-methods']).toContain('PATCH');
    const other = await preflight('https://evil.example');
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
  });
});

it('Answered requests are observed by the template of their route', async () => {
  const seen: AnsweredRequest[] = [];
  const server = await writeServer({ onAnswered: (request) => seen.push(request) });
  app = server.app;
  await app.inject({
    method: 'DELETE',
    url: '/api/v1/projects/3f0e6d1c-1a5b-5d8e-9d8b-6f2f0f1d2c3b',
  });
  await get('/nothing');
  expect(seen).toEqual([
    {
      method: 'DELETE',
      route: '/api/v1/projects/:id',
      status: 204,
      seconds: expect.any(Number),
    },
    { method: 'GET', route: 'unknown', status: 404, seconds: expect.any(Number) },
  ]);
});
