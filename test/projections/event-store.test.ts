import { v4 as uuid4 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectEventStore } from '../../src/events/esdb-event-store.ts';
import type { EventStore } from '../../src/events/event-store.ts';
import { rebuildInto } from '../../src/projections/rebuild.ts';
import { ProjectionStatusReader } from '../../src/projections/status.ts';
import { verifyGeneration } from '../../src/projections/swap-generation.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { testEventStoreUrl } from '../services/event-store.ts';
import {
  gitStateUpdated,
  newEvent,
  ticketLinked,
  workCompleted,
  workStarted,
} from '../support/projected-events.ts';
import { appendTo, startProjector, type TestReadModels, testReadModels } from './setup.ts';

const compare = (a: bigint, b: bigint): number => Number(a - b);

let models: TestReadModels;
let store: EventStore;
beforeAll(async () => {
  models = await testReadModels();
  store = connectEventStore(await testEventStoreUrl());
});
afterAll(async () => {
  await store.close();
  await models.close();
});

test('from the real protocol every event is folded once, live as in a rebuild', async () => {
  const ids = Array.from({ length: 8 }, () => uuid4());
  const projector = startProjector(models, store);
  const written = await Promise.all(
    ids.map(async (id) => {
      const stream = `work_item-${id}`;
      await appendTo(store, stream, workStarted(id), ticketLinked(id, 'PROJ-1'));
      for (let i = 1; i <= 20; i += 1) {
        await appendTo(store, stream, gitStateUpdated(id, { ahead_of_trunk: i }));
      }
      return appendTo(store, stream, gitStateUpdated(id), workCompleted(id));
    }),
  );
  const last =
    written
      .map(({ position }) => position)
      .sort(compare)
      .at(-1) ?? 0n;
  expect(await projector.waiter.waitFor(last, 30_000)).toBe(true);
  const rows = await models.db
    .withSchema(liveSchema)
    .selectFrom('work_items')
    .select(['revision', 'status'])
    .where('id', 'in', ids)
    .execute();
  expect(rows).toEqual(Array(8).fill({ revision: 23, status: 'merged' }));

  const options = { db: models.db, schema: liveSchema, into: 'imi_read_next', store };
  const signal = AbortSignal.timeout(50_000);
  await rebuildInto({ ...options, signal });
  expect(await verifyGeneration({ ...options, signal })).toEqual([]);
  await projector.stop();
});

test('bookkeeping at the end of the log counts as nothing to project, an event as something', async () => {
  const reader = new ProjectionStatusReader({ db: models.db, schema: liveSchema, store });
  const id = uuid4();
  const projector = startProjector(models, store);
  const { position } = await appendTo(store, `work_item-${id}`, workStarted(id));
  await projector.waiter.waitFor(position, 30_000);
  await projector.stop();
  await appendTo(store, `command-${id}`, newEvent('command.claimed', {}));
  expect(await reader.read()).toMatchObject({ gap: 0n, lag_seconds: 0 });
  await appendTo(store, `work_item-${id}`, gitStateUpdated(id));
  expect((await reader.read()).gap).toBeGreaterThan(0n);
});
