import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { liveSchema } from '../../src/projections/tables.ts';
import { PositionWaiter } from '../../src/projections/waiter.ts';
import { LiveEventStore } from '../support/live-event-store.ts';
import { projectRegistered } from '../support/projected-events.ts';
import { atPort, TcpProxy } from '../support/tcp-proxy.ts';
import { appendTo, startProjector, type TestReadModels, testReadModels } from './setup.ts';

let models: TestReadModels;
beforeAll(async () => {
  models = await testReadModels();
});
afterAll(() => models.close());

const waiterOf = (url = models.url) =>
  new PositionWaiter({ db: models.db, url, schema: liveSchema, pollMs: 10 });

test('a wait ends when another process commits, or when its time is over', async () => {
  const store = new LiveEventStore();
  await appendTo(store, 'project-0', projectRegistered('zero'));
  const elsewhere = waiterOf();
  const projector = startProjector(models, store);
  const reached = elsewhere.waitFor(10n, 30_000);
  expect(await elsewhere.waitFor(10n, 1)).toBe(false);
  const { position } = await appendTo(store, 'project-1', projectRegistered('one'));
  expect(position).toBe(10n);
  expect(await reached).toBe(true);
  expect(elsewhere.position()).toBe(10n);
  expect(await elsewhere.waitFor(5n, 0)).toBe(true);
  await projector.stop();
  await elsewhere.close();
});

test('without any hint the checkpoint itself ends a wait', async () => {
  const deaf = waiterOf('postgres://nobody@127.0.0.1:1/none');
  const reached = deaf.waitFor(5000n, 30_000);
  await sql`UPDATE imi_read.checkpoint SET position = 5000`.execute(models.db);
  expect(await reached).toBe(true);
  await deaf.close();
});

test('closing answers those who wait with false', async () => {
  const waiter = waiterOf();
  const waiting = waiter.waitFor(1_000_000n, 60_000);
  await waiter.close();
  expect(await waiting).toBe(false);
  expect(await waiter.waitFor(1_000_000n, 60_000)).toBe(false);
});

test('it can be closed although its connection has gone silent', async () => {
  const way = await TcpProxy.listen(() => Number(new URL(models.url).port));
  const waiter = waiterOf(atPort(models.url, way.port));
  await vi.waitUntil(() => way.connections === 1);
  way.become('half-open');
  await waiter.close();
  await way.close();
});
