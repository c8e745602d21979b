import { v4 as uuid4 } from 'uuid';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  CheckpointMovedError,
  moveCheckpoint,
  readCheckpoint,
} from '../../src/projections/checkpoint.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { inTransaction } from '../../src/projections/transaction.ts';
import { LiveEventStore } from '../support/live-event-store.ts';
import {
  gitStateUpdated,
  newEvent,
  projectDeactivated,
  projectId,
  projectRegistered,
  ticketLinked,
  workCompleted,
  workStarted,
} from '../support/projected-events.ts';
import {
  appendTo,
  emptyReadModels,
  rowsOf,
  startProjector,
  type TestReadModels,
  testReadModels,
} from './setup.ts';

let models: TestReadModels;
let store: LiveEventStore;
const live = () => models.db.withSchema(liveSchema);

beforeAll(async () => {
  models = await testReadModels();
});
afterAll(() => models.close());
beforeEach(async () => {
  store = new LiveEventStore();
  await emptyReadModels(models);
});

test('a project is a row with its revision and position, found by the key of its origin', async () => {
  const projector = startProjector(models, store);
  const { position } = await appendTo(
    store,
    'project-1',
    projectRegistered('Widget', { metadata: { team: { name: 'a' } } }),
  );
  expect(await projector.waiter.waitFor(position, 30_000)).toBe(true);
  expect((await rowsOf(models)).projects).toEqual([
    {
      id: projectId('Widget'),
      name: 'Widget',
      remote_origin: 'git@github.com:Acme/Widget.git',
      origin_key: 'github.com/acme/widget',
      default_branch: 'main',
      trunk_path: '/code/Widget/trunk-main',
      description: null,
      metadata: { team: { name: 'a' } },
      active: true,
      created_at: '2026-01-21T14:30:22.000Z',
      updated_at: '2026-01-21T14:30:22.000Z',
      revision: 0,
      position,
    },
  ]);
  await projector.stop();
});

test('a work item carries the status, the advice and the links that its events tell', async () => {
  const id = uuid4();
  const projector = startProjector(models, store);
  const stream = `work_item-${id}`;
  const facts = async (...events: Parameters<typeof appendTo>[2][]) => {
    const { position } = await appendTo(store, stream, ...events);
    await projector.waiter.waitFor(position, 30_000);
    const { status, advice, active } = await live()
      .selectFrom('work_items')
      .select(['status', 'advice', 'active'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    const shown = await live().selectFrom('inflight_work').select('id').execute();
    return { status, advice, active, inflight: shown.length > 0 };
  };
  const active = true;
  expect(await facts(workStarted(id))).toEqual({
    ...{ status: 'clean', advice: 'idle', active, inflight: false },
  });
  expect(await facts(gitStateUpdated(id, { ahead_of_trunk: 2 }))).toEqual({
    ...{ status: 'ahead', advice: 'ready_for_pr', active, inflight: true },
  });
  expect(await facts(gitStateUpdated(id, { behind_trunk: 1 }))).toEqual({
    ...{ status: 'behind', advice: 'needs_rebase', active, inflight: true },
  });
  expect(await facts(gitStateUpdated(id, { behind_trunk: 1, ahead_of_trunk: 1 }))).toEqual({
    ...{ status: 'diverged', advice: 'needs_rebase', active, inflight: true },
  });
  const dirty = { has_uncommitted_changes: true, uncommitted_files_count: null, ahead_of_trunk: 1 };
  expect(await facts(gitStateUpdated(id, dirty))).toEqual({
    ...{ status: 'uncommitted', advice: 'busy', active, inflight: true },
  });
  expect(await facts(ticketLinked(id, 'PROJ-1'), workCompleted(id))).toEqual({
    ...{ status: 'merged', advice: 'idle', active: false, inflight: false },
  });
  const { ticket_links } = await rowsOf(models);
  expect(ticket_links).toMatchObject([{ work_item_id: id, plane_ticket_id: 'PROJ-1' }]);
  await projector.stop();
});

test('a branch that is freed and taken again within one batch does not stop the projector', async () => {
  const [first, second] = [uuid4(), uuid4()];
  await appendTo(store, `work_item-${first}`, workStarted(first, 'feat/x'), workCompleted(first));
  const { position } = await appendTo(store, `work_item-${second}`, workStarted(second, 'feat/x'));
  const projector = startProjector(models, store);
  expect(await projector.waiter.waitFor(position, 30_000)).toBe(true);
  const held = await live()
    .selectFrom('work_items')
    .select('id')
    .where('active', '=', true)
    .execute();
  expect(held).toEqual([{ id: second }]);
  await projector.stop();
});

test('a refused command moves the checkpoint and no row', async () => {
  const failed = newEvent('imi.cmd.failed', {
    command: 'start_work',
    command_id: uuid4(),
    request: {},
    error: { code: 'NOT_FOUND', message: 'Project not found', params: {} },
  });
  const { position } = await appendTo(store, 'command-1', failed);
  const projector = startProjector(models, store);
  expect(await projector.waiter.waitFor(position, 30_000)).toBe(true);
  expect(Object.values(await rowsOf(models)).flat()).toEqual([]);
  await projector.stop();
});

test('after the store was cut off the projector goes on from its checkpoint', async () => {
  const delivered: bigint[] = [];
  store.onDelivery = (message) => {
    if (message.kind === 'event') delivered.push(message.event.position);
  };
  const projector = startProjector(models, store);
  const before = await appendTo(store, 'project-1', projectRegistered('one'));
  await projector.waiter.waitFor(before.position, 30_000);
  store.cut();
  const after = await appendTo(store, 'project-2', projectRegistered('two'));
  expect(await projector.waiter.waitFor(after.position, 30_000)).toBe(true);
  expect(delivered).toEqual([before.position, after.position]);
  expect((await rowsOf(models)).projects).toHaveLength(2);
  await projector.stop();
});

test('events that a subscription repeats are folded once', async () => {
  await appendTo(store, 'project-1', projectRegistered('one'));
  const { position } = await appendTo(store, 'project-1', projectDeactivated('one'));
  const subscribe = store.subscribe.bind(store);
  store.subscribe = (options) => subscribe({ ...options, after: null });
  const first = startProjector(models, store);
  await first.waiter.waitFor(position, 30_000);
  await first.stop();
  const rows = await rowsOf(models);
  const second = startProjector(models, store);
  const next = await appendTo(store, 'project-2', projectRegistered('two'));
  expect(await second.waiter.waitFor(next.position, 30_000)).toBe(true);
  expect((await rowsOf(models)).projects).toContainEqual(rows.projects[0]);
  expect(await readCheckpoint({ db: models.db, schema: liveSchema })).toEqual({
    position: next.position,
    event_position: next.position,
  });
  await second.stop();
});

test('the checkpoint does not move outside the transaction that writes the rows', async () => {
  const to = { position: 10n, event_position: 10n };
  const moved = moveCheckpoint(models.db, liveSchema, null, to);
  await expect(moved).rejects.toThrow(CheckpointMovedError);
  const nowhere = { position: null, event_position: null };
  expect(await readCheckpoint({ db: models.db, schema: liveSchema })).toEqual(nowhere);
  await inTransaction(models.db, async (trx) => {
    await moveCheckpoint(trx, liveSchema, null, to);
    return { last: [], result: null };
  });
  expect(await readCheckpoint({ db: models.db, schema: liveSchema })).toEqual(to);
});
