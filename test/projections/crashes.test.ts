import type { KyselyPlugin } from 'kysely';
import { v4 as uuid4 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCheckpoint } from '../../src/projections/checkpoint.ts';
import { runProjector } from '../../src/projections/projector.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { LiveEventStore } from '../support/live-event-store.ts';
import {
  deployed,
  gitStateUpdated,
  newEvent,
  prEvent,
  projectRegistered,
  ticketLinked,
  workStarted,
} from '../support/projected-events.ts';
import {
  appendTo,
  emptyReadModels,
  fast,
  rowsOf,
  silent,
  type TestReadModels,
  testReadModels,
} from './setup.ts';

let models: TestReadModels;
beforeAll(async () => {
  models = await testReadModels();
});
afterAll(() => models.close());

const store = new LiveEventStore();
const id = uuid4();

async function history(): Promise<bigint> {
  await appendTo(store, 'project-1', projectRegistered('Widget'));
  await appendTo(store, `work_item-${id}`, workStarted(id), ticketLinked(id, 'PROJ-1'));
  await appendTo(store, 'project-2', newEvent('imi.unheard_of', {}));
  await appendTo(store, `work_item-${id}`, prEvent('created', id), prEvent('closed', id));
  await appendTo(store, 'deploy-1', deployed('run-1', 'abcdef1', { work_item_ids: [id] }));
  const last = await appendTo(store, `work_item-${id}`, gitStateUpdated(id, { ahead_of_trunk: 1 }));
  return last.position;
}

/** Dies once: when the answer to the statement of this number has come, and what it asked for is done. */
function dyingAt(step: number): { plugin: KyselyPlugin; died: () => boolean } {
  let answers = 0;
  const die = () => {
    throw Object.assign(new Error('killed by the test'), { code: '57P01' });
  };
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => (answers++ === step ? die() : result),
  };
  return { plugin, died: () => answers > step };
}

/** Projects the whole history from the beginning, with `fail` called after each commit. */
async function projectAll(last: bigint, plugin?: KyselyPlugin, fail = () => {}) {
  await emptyReadModels(models);
  const stopping = new AbortController();
  await runProjector({
    db: plugin ? models.db.withPlugin(plugin) : models.db,
    ...{ schema: liveSchema, store, log: silent, delays: fast, signal: stopping.signal },
    limits: { maxBatch: 3, capacity: 6 },
    onPosition: (position) => {
      if (position === last) stopping.abort();
      fail();
    },
  });
  const { position } = await readCheckpoint({ db: models.db, schema: liveSchema });
  return { ...(await rowsOf(models)), position };
}

test('a projector that dies between any two steps goes on without losing or doubling', async () => {
  const last = await history();
  const expected = await projectAll(last);
  expect(expected).toMatchObject({ position: last, work_items: [{ revision: 4 }] });
  expect(expected.work_item_versions).toHaveLength(5);
  let deaths = 0;
  for (let step = 0; ; step += 1) {
    const { plugin, died } = dyingAt(step);
    expect(await projectAll(last, plugin), `step ${step}`).toEqual(expected);
    if (!died()) break;
    deaths += 1;
  }
  expect(deaths).toBeGreaterThan(16);
});

test('a projector that dies after a commit does not fold that batch again', async () => {
  const last = store.all.at(-1)?.position ?? -1n;
  const expected = await projectAll(last);
  let commits = 0;
  const failing = () => {
    commits += 1;
    if (commits === 2) throw Object.assign(new Error('killed by the test'), { code: '57P01' });
  };
  expect(await projectAll(last, undefined, failing)).toEqual(expected);
});
