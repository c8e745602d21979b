import type { FastifyInstance } from 'fastify';
import { afterEach, expect, it } from 'vitest';
import type { HealthProbes } from '../../src/read-api/health.ts';
import { operations } from '../../src/read-api/routes/operations.ts';
import { serverWith } from '../http/server.ts';
import { createHealthyProbes } from './probes.ts';

let app: FastifyInstance;
afterEach(() => app.close());

async function health(probes: Partial<HealthProbes> = {}) {
  app = await serverWith({ operations: [operations(createHealthyProbes(probes))] });
  const response = await app.inject({ url: '/health' });
  return { code: response.statusCode, body: response.json() };
}

it('Health tells of every part', async () => {
  expect(await health()).toEqual({
    code: 200,
    body: {
      status: 'healthy',
      version: '1.2.3',
      uptime_seconds: 12.5,
      database: { status: 'healthy' },
      event_store: { status: 'healthy' },
      bloodbank: { status: 'healthy', mode: 'in process' },
      projections: {
        projector: { status: 'healthy', position: '4711', lag_seconds: 0, parked_streams: 0 },
      },
    },
  });
});

it('Health is degraded, and reads go on, while anything but the database is away', async () => {
  const away = async () => {
    throw new Error('connect to 10.0.0.1 with hunter2 failed');
  };
  const { code, body } = await health({ eventStore: away });
  expect([code, body.status, body.event_store]).toEqual([200, 'degraded', { status: 'unhealthy' }]);
  expect(JSON.stringify(body)).not.toContain('hunter2');
});

it('Health is degraded when a projection stands still or cannot be asked', async () => {
  const standing = await health({
    projections: async () => ({
      projector: { status: 'unhealthy', position: '12', lag_seconds: 900 },
    }),
  });
  expect([standing.code, standing.body.status]).toEqual([200, 'degraded']);
  await app.close();
  const unknown = await health({ projections: () => Promise.reject(new Error('away')) });
  expect([unknown.code, unknown.body.status]).toEqual([200, 'degraded']);
});

it('Health is a 503 when reads cannot be served', async () => {
  const { code, body } = await health({ database: () => Promise.reject(new Error('away')) });
  expect([code, body.status, body.database]).toEqual([503, 'unhealthy', { status: 'unhealthy' }]);
});

it('Readiness is a coded 503 until the service takes traffic, and needs no key', async () => {
  let ready = false;
  const options = createHealthyProbes({}, { isReady: () => ready });
  app = await serverWith({ apiKey: 'plain-key', operations: [operations(options)] });
  const before = await app.inject({ url: '/ready' });
  expect([before.statusCode, before.json().detail.code]).toEqual([503, 'UNAVAILABLE']);
  ready = true;
  const after = await app.inject({ url: '/ready' });
  expect([after.statusCode, after.json()]).toEqual([200, { ready: true }]);
  expect((await app.inject({ url: '/health' })).statusCode).toBe(200);
  expect((await app.inject({ url: '/metrics' })).statusCode).toBe(401);
});

it('Metrics are plain text', async () => {
  app = await serverWith({ operations: [operations(createHealthyProbes())] });
  const response = await app.inject({ url: '/metrics' });
  expect(response.headers['content-type']).toContain('text/plain');
  expect(response.body).toBe('imi_up 1\n');
});
