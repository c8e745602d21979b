import { sql } from 'kysely';
import { v4 as uuid4 } from 'uuid';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CheckpointMovedError } from '../../src/projections/checkpoint.ts';
import { runAsLeader } from '../../src/projections/leader.ts';
import { runProjector } from '../../src/projections/projector.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { PositionWaiter } from '../../src/projections/waiter.ts';
import { LiveEventStore } from '../support/live-event-store.ts';
import { gitStateUpdated, ticketLinked, workStarted } from '../support/projected-events.ts';
import { atPort, TcpProxy } from '../support/tcp-proxy.ts';
import {
  appendTo,
  fast,
  rowsOf,
  silent,
  startProjector,
  type TestReadModels,
  testReadModels,
} from './setup.ts';

let models: TestReadModels;
let store: LiveEventStore;
beforeEach(async () => {
  models = await testReadModels();
  store = new LiveEventStore();
});
afterEach(() => models.close());

async function history(events: number) {
  const ids = Array.from({ length: 5 }, () => uuid4());
  let last = -1n;
  for (let i = 0; i < events; i += 1) {
    const id = ids[i % ids.length] as string;
    const event =
      i < ids.length
        ? workStarted(id)
        : i % 3 === 0
          ? ticketLinked(id, `PROJ-${i}`)
          : gitStateUpdated(id, { ahead_of_trunk: i });
    last = (await appendTo(store, `work_item-${id}`, event)).position;
  }
  return last;
}

/** The session of this application that waits for a lock, once there is one. */
async function waitingSession(): Promise<number> {
  for (;;) {
    const { rows } = await sql<{ pid: number }>`
      SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(models.db);
    if (rows[0]) return rows[0].pid;
  }
}

test('of two projectors that both lead one is turned away and the rows are exact', async () => {
  const last = await history(300);
  const limits = { maxBatch: 7, capacity: 14 };
  const rivals = [1, 2].map(() => startProjector(models, store, liveSchema, limits));
  const turnedAway = await Promise.race(
    rivals.map(({ ended }, i) => ended.catch((error) => ({ i, error }))),
  );
  expect(turnedAway).toMatchObject({ error: expect.any(CheckpointMovedError) });
  const winner = rivals[(turnedAway as { i: number }).i === 0 ? 1 : 0];
  expect(await winner?.waiter.waitFor(last, 30_000)).toBe(true);
  const rows = await rowsOf(models);
  expect(rows.work_items).toHaveLength(5);
  expect(rows.work_items.map((row) => (row as { revision: number }).revision)).toEqual(
    Array(5).fill(59),
  );
  expect(rows.ticket_links).toHaveLength(store.all.filter((e) => e.type.includes('link')).length);
  await Promise.all(rivals.map((rival) => rival.stop()));
});

test('a connection cut in the middle of a batch undoes the batch, which is then done again', async () => {
  const last = await history(50);
  let projector: ReturnType<typeof startProjector> | undefined;
  await models.db.transaction().execute(async (trx) => {
    await sql`LOCK TABLE imi_read.work_items IN EXCLUSIVE MODE`.execute(trx);
    projector = startProjector(models, store);
    for (let cut = 0; cut < 3; cut += 1) {
      const pid = await waitingSession();
      await sql`SELECT pg_terminate_backend(${pid}, 5000)`.execute(models.db);
    }
    const seen = await models.db
      .withSchema(liveSchema)
      .selectFrom('work_items')
      .selectAll()
      .execute();
    expect(seen).toEqual([]);
  });
  expect(await projector?.waiter.waitFor(last, 30_000)).toBe(true);
  expect((await rowsOf(models)).work_items).toHaveLength(5);
  await projector?.stop();
});

test('a projector that is to end leaves a batch that gets no answer', async () => {
  await history(5);
  await models.db.transaction().execute(async (trx) => {
    await sql`LOCK TABLE imi_read.work_items IN EXCLUSIVE MODE`.execute(trx);
    const projector = startProjector(models, store);
    const pid = await waitingSession();
    await projector.stop();
    expect(await waitingSession()).toBe(pid);
  });
});

test('a leader that is cut off does not commit beside its successor', async () => {
  const way = await TcpProxy.listen(() => Number(new URL(models.url).port));
  const begun: string[] = [];
  const refused = Promise.withResolvers<unknown>();
  const lead = (label: string, url: string) => {
    const stopping = new AbortController();
    const project = async (signal: AbortSignal) => {
      begun.push(label);
      const { db } = models;
      const options = { store, db, schema: liveSchema, log: silent, delays: fast, signal };
      await runProjector(options).catch((error) => {
        refused.resolve(error);
        throw error;
      });
    };
    const options = { log: silent, signal: stopping.signal, checkMs: 5, delays: fast };
    const ended = runAsLeader(url, 'rivals', project, options);
    return async () => {
      stopping.abort();
      await ended;
    };
  };
  const stopFirst = lead('first', atPort(models.url, way.port));
  await vi.waitUntil(() => begun.length === 1);
  // The server sees the connection end and frees the lock; the leader is not told.
  way.become('half-open');
  const stopSecond = lead('second', models.url);
  await vi.waitUntil(() => begun.includes('second'));
  const last = await history(60);
  expect(await refused.promise).toBeInstanceOf(CheckpointMovedError);
  const waiter = new PositionWaiter({ db: models.db, url: models.url, schema: liveSchema });
  expect(await waiter.waitFor(last, 30_000)).toBe(true);
  const rows = await rowsOf(models);
  expect(rows.work_items.map((row) => (row as { revision: number }).revision)).toEqual(
    Array(5).fill(11),
  );
  expect(rows.ticket_links).toHaveLength(store.all.filter((e) => e.type.includes('link')).length);
  await Promise.all([stopFirst(), stopSecond(), waiter.close()]);
  await way.close();
});
