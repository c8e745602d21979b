import { randomBytes } from 'node:crypto';
import { v4 as uuid4 } from 'uuid';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { replayParked } from '../../src/projections/replay.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { LiveEventStore } from '../support/live-event-store.ts';
import {
  gitStateUpdated,
  newEvent,
  projectRegistered,
  workCompleted,
  workStarted,
} from '../support/projected-events.ts';
import { appendTo, rowsOf, startProjector, type TestReadModels, testReadModels } from './setup.ts';

let models: TestReadModels;
let store: LiveEventStore;
beforeEach(async () => {
  models = await testReadModels();
  store = new LiveEventStore();
});
afterEach(() => models.close());

const parked = () =>
  models.db
    .withSchema(liveSchema)
    .selectFrom('parked_events')
    .select(['stream_id', 'revision', 'error'])
    .orderBy('position')
    .execute();

/** Turns an event in the store into another, as a fix of what was wrong with it would. */
function mend(position: bigint, type: string, data: object): void {
  const at = store.all.findIndex((event) => event.position === position);
  Object.assign(store.all[at] as object, { type, data });
}

test('an event of an unknown type parks its stream alone and is replayed in order', async () => {
  const [sick, well] = [uuid4(), uuid4()];
  await appendTo(store, `work_item-${sick}`, workStarted(sick));
  const bad = await appendTo(store, `work_item-${sick}`, newEvent('imi.work.unheard_of', {}));
  await appendTo(store, `work_item-${sick}`, gitStateUpdated(sick, { ahead_of_trunk: 3 }));
  await appendTo(store, `work_item-${well}`, workStarted(well), workCompleted(well));
  const projector = startProjector(models, store);
  const last = await appendTo(
    store,
    `work_item-${sick}`,
    gitStateUpdated(sick, { behind_trunk: 1 }),
  );
  expect(await projector.waiter.waitFor(last.position, 30_000)).toBe(true);

  expect((await rowsOf(models)).work_items).toMatchObject(
    [
      { id: sick, status: 'clean', revision: 0 },
      { id: well, status: 'merged', revision: 1 },
    ].sort((a, b) => (a.id < b.id ? -1 : 1)),
  );
  expect(await parked()).toEqual([
    {
      stream_id: `work_item-${sick}`,
      revision: 1,
      error: 'Unknown event type imi.work.unheard_of',
    },
    { stream_id: `work_item-${sick}`, revision: 2, error: expect.stringContaining('behind') },
    { stream_id: `work_item-${sick}`, revision: 3, error: expect.stringContaining('behind') },
  ]);

  const options = { db: models.db, schema: liveSchema, store };
  expect(await replayParked(options, `work_item-${sick}`)).toEqual({
    replayed: 0,
    remaining: 3,
    error: 'Unknown event type imi.work.unheard_of',
  });
  const { type, data } = gitStateUpdated(sick, { ahead_of_trunk: 9 });
  mend(bad.position, type, data);
  expect(await replayParked(options, `work_item-${sick}`)).toEqual({
    replayed: 3,
    remaining: 0,
    error: null,
  });
  expect((await rowsOf(models)).work_items).toContainEqual(
    expect.objectContaining({ id: sick, status: 'behind', revision: 3, position: last.position }),
  );
  const more = await appendTo(store, `work_item-${sick}`, workCompleted(sick));
  await projector.waiter.waitFor(more.position, 30_000);
  expect(await parked()).toEqual([]);
  await projector.stop();
});

test('a row that the database refuses is found within its batch and parks only its stream', async () => {
  const ids = Array.from({ length: 40 }, () => uuid4());
  const [sick = ''] = ids.slice(17);
  for (const id of ids) {
    // Too long for an index entry, which only PostgreSQL knows.
    const ref = id === sick ? randomBytes(9_000).toString('base64') : null;
    const more = { source: { type: 'manual', ref } };
    await appendTo(store, `work_item-${id}`, workStarted(id, undefined, more));
  }
  const last = await appendTo(store, 'project-1', projectRegistered('Widget'));
  const projector = startProjector(models, store);
  expect(await projector.waiter.waitFor(last.position, 30_000)).toBe(true);
  const rows = await rowsOf(models);
  expect(rows.work_items.map((row) => (row as { id: string }).id)).toEqual(
    ids.filter((id) => id !== sick).sort(),
  );
  expect(rows.projects).toHaveLength(1);
  expect(await parked()).toMatchObject([{ stream_id: `work_item-${sick}`, revision: 0 }]);

  const options = { db: models.db, schema: liveSchema, store };
  expect(await replayParked(options, `work_item-${sick}`)).toMatchObject({
    replayed: 0,
    remaining: 1,
  });
  const event = store.all.find(({ streamId }) => streamId === `work_item-${sick}`);
  const { type, data } = workStarted(sick);
  mend(event?.position ?? -1n, type, data);
  expect(await replayParked(options, `work_item-${sick}`)).toMatchObject({
    replayed: 1,
    error: null,
  });
  expect((await rowsOf(models)).work_items).toHaveLength(40);
  await projector.stop();
});

test('a second project with a taken origin is parked instead of stopping the projector', async () => {
  await appendTo(store, 'project-1', projectRegistered('Widget'));
  await appendTo(store, 'project-2', projectRegistered('Widget', { project_id: uuid4() }));
  const last = await appendTo(store, 'project-3', projectRegistered('Gadget'));
  const projector = startProjector(models, store);
  expect(await projector.waiter.waitFor(last.position, 30_000)).toBe(true);
  expect(await parked()).toMatchObject([{ stream_id: 'project-2', revision: 0 }]);
  expect((await rowsOf(models)).projects).toHaveLength(2);
  await projector.stop();
});

test('a stream that is replayed while its events still arrive loses and doubles none', async () => {
  const id = uuid4();
  const stream = `work_item-${id}`;
  const bad = await appendTo(store, stream, newEvent('imi.work.unheard_of', {}));
  const projector = startProjector(models, store, liveSchema, { maxBatch: 2, capacity: 4 });
  await projector.waiter.waitFor(bad.position, 30_000);
  const { type, data } = workStarted(id);
  mend(bad.position, type, data);
  const options = { db: models.db, schema: liveSchema, store };
  const appending = (async () => {
    let last = bad.position;
    for (let ahead = 1; ahead <= 60; ahead += 1) {
      const event = gitStateUpdated(id, { ahead_of_trunk: ahead });
      last = (await appendTo(store, stream, event)).position;
      if (ahead % 10 === 0) await projector.waiter.waitFor(last, 30_000);
    }
    return last;
  })();
  const replays = [await replayParked(options, stream), await replayParked(options, stream)];
  const last = await appending;
  await projector.waiter.waitFor(last, 30_000);
  expect(replays.map(({ error }) => error)).toEqual([null, null]);
  expect(await parked()).toEqual([]);
  expect((await rowsOf(models)).work_items).toMatchObject([{ revision: 60, ahead_of_trunk: 60 }]);
  await projector.stop();
});
