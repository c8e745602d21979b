import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProjectionStatusReader } from '../../src/projections/status.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { LiveEventStore } from '../support/live-event-store.ts';
import { newEvent, projectRegistered } from '../support/projected-events.ts';
import { appendTo, startProjector, type TestReadModels, testReadModels } from './setup.ts';

let models: TestReadModels;
beforeAll(async () => {
  models = await testReadModels();
});
afterAll(() => models.close());

test('lag grows with the clock while something waits to be projected, and only then', async () => {
  const store = new LiveEventStore();
  let clock = 0;
  const reader = new ProjectionStatusReader({
    ...{ db: models.db, schema: liveSchema, store, now: () => clock },
  });
  const read = async () => {
    const { gap, lag_seconds, parked_streams, parked_events } = await reader.read();
    return { gap, lag_seconds, parked_streams, parked_events };
  };
  const level = { gap: 0n, lag_seconds: 0, parked_streams: 0, parked_events: 0 };
  expect(await read()).toEqual(level);

  const projector = startProjector(models, store);
  const first = await appendTo(store, 'project-1', projectRegistered('one'));
  await projector.waiter.waitFor(first.position, 30_000);
  clock = 10_000;
  expect(await read()).toEqual(level);

  await appendTo(store, 'command-1', newEvent('command.claimed', {}));
  clock = 20_000;
  expect(await read(), 'bookkeeping at the end of the log is nothing to project').toEqual(level);

  await projector.stop();
  const second = await appendTo(store, 'project-2', projectRegistered('two'));
  clock = 30_000;
  expect(await read()).toMatchObject({ gap: second.position - first.position, lag_seconds: 0 });
  clock = 45_000;
  expect(await read()).toMatchObject({ lag_seconds: 15 });
  const third = await appendTo(store, 'project-3', newEvent('imi.unheard_of', {}));
  clock = 50_000;
  expect(await read()).toMatchObject({ lag_seconds: 20 });

  const again = startProjector(models, store);
  await again.waiter.waitFor(third.position, 30_000);
  expect(await read()).toEqual({ ...level, parked_streams: 1, parked_events: 1 });
  await again.stop();
});
