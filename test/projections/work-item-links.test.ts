import { v4 as uuid4 } from 'uuid';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { NewEvent } from '../../src/events/event-store.ts';
import { rebuildInto } from '../../src/projections/rebuild.ts';
import { replayParked } from '../../src/projections/replay.ts';
import { verifyGeneration } from '../../src/projections/swap-generation.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { LiveEventStore } from '../support/live-event-store.ts';
import {
  gitStateUpdated,
  newEvent,
  prEvent,
  ticketLinked,
  ticketObserved,
  workStarted,
} from '../support/projected-events.ts';
import { appendTo, startProjector, type TestReadModels, testReadModels } from './setup.ts';

let models: TestReadModels;
let store: LiveEventStore;
beforeEach(async () => {
  models = await testReadModels();
  store = new LiveEventStore();
});
afterEach(() => models.close());

const [id, other] = [uuid4(), uuid4()];
const [issue, later] = [uuid4(), uuid4()];

const linksOf = async (work: string) =>
  models.db
    .withSchema(liveSchema)
    .selectFrom('work_item_links')
    .select(['tickets', 'open_prs', 'ended_prs'])
    .where('work_item_id', '=', work)
    .executeTakeFirst();

const onWork = (...events: NewEvent[]) => appendTo(store, `work_item-${id}`, ...events);
const onTicket = (name: string, more: object) =>
  appendTo(store, `ticket-${name}`, ticketObserved(name, { ...more }));

async function project(maxBatch = 500) {
  const projector = startProjector(models, store, liveSchema, { maxBatch, capacity: 1_000 });
  expect(await projector.waiter.waitFor((await store.head()) ?? 0n, 30_000)).toBe(true);
  await projector.stop();
}

/** What is unlike a rebuild from nothing. */
async function differences() {
  const options = {
    ...{ db: models.db, schema: liveSchema, into: 'imi_read_next', store },
    signal: AbortSignal.timeout(50_000),
  };
  await rebuildInto(options);
  return verifyGeneration(options);
}

test('work has a row of links from its first link or pull request on, and none before', async () => {
  await onWork(workStarted(id), gitStateUpdated(id));
  await project();
  expect(await linksOf(id)).toBeUndefined();
  await onWork(prEvent('created', id));
  await project();
  expect(await linksOf(id)).toMatchObject({
    ...{ tickets: null, ended_prs: null },
    open_prs: [{ pr_number: 42, pr_state: 'open', created_at: '2026-01-21T14:30:22.000Z' }],
  });
  await onWork(prEvent('merged', id), ticketLinked(id, 'PROJ-1'));
  await project();
  expect(await linksOf(id)).toMatchObject({
    open_prs: null,
    ...{ tickets: [{ plane_ticket_id: 'PROJ-1', ticket_state: null }] },
    ended_prs: [{ pr_number: 42, pr_state: 'merged' }],
  });
});

test('a ticket is shown anew in the links of all work that names it, by its key or by its issue', async () => {
  await onWork(workStarted(id), ticketLinked(id, 'PROJ-1'));
  await appendTo(store, `work_item-${other}`, workStarted(other), ticketLinked(other, issue));
  await project();
  await onTicket('PROJ-1', { plane_issue_id: issue, ticket_title: 'Spin' });
  await project();
  const shown = [{ ticket_title: 'Spin', ticket_state: 'Todo' }];
  expect(await linksOf(id)).toMatchObject({ tickets: shown });
  expect(await linksOf(other)).toMatchObject({ tickets: shown });
  await onTicket('PROJ-1', { plane_issue_id: later, ticket_title: 'Spin' });
  await project();
  expect(await linksOf(other)).toMatchObject({ tickets: [{ ticket_title: null }] });
});

test.each([1, 3, 500])('links are as a rebuild makes them, in batches of %i', async (maxBatch) => {
  await onWork(workStarted(id), ticketLinked(id, 'PROJ-1'), prEvent('created', id, 1));
  await onTicket(issue, { plane_issue_id: issue });
  await appendTo(store, `work_item-${other}`, workStarted(other), ticketLinked(other, issue));
  await onTicket('PROJ-1', {});
  await onTicket('PROJ-1', { plane_issue_id: later });
  await onWork(ticketLinked(id, later), prEvent('created', id, 2), prEvent('closed', id, 1));
  await onTicket('PROJ-1', { plane_issue_id: issue, ticket_title: 'Turn' });
  await onTicket('PROJ-2', { plane_issue_id: later, ticket_title: 'Spin' });
  await onWork(prEvent('merged', id, 2), prEvent('reopened', id, 1));
  await project(maxBatch);
  const links = await linksOf(id);
  expect(links).toMatchObject({ open_prs: [{ pr_number: 1 }], ended_prs: [{ pr_number: 2 }] });
  expect(links?.tickets).toHaveLength(2);
  expect(links?.tickets).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ plane_ticket_id: 'PROJ-1', ticket_title: 'Turn' }),
      expect.objectContaining({ plane_ticket_id: later, ticket_title: 'Spin' }),
    ]),
  );
  expect(await linksOf(other)).toMatchObject({ tickets: [{ ticket_title: 'Turn' }] });
  expect(await differences()).toEqual([]);
});

test('links that were parked are there once they are replayed, as in a rebuild', async () => {
  await onWork(workStarted(id));
  const bad = await onWork(newEvent('imi.link.unheard_of', {}));
  await onWork(ticketLinked(id, 'PROJ-1'));
  await onTicket('PROJ-1', { ticket_title: 'Spin' });
  await project();
  expect(await linksOf(id)).toBeUndefined();
  const { type, data } = prEvent('created', id);
  const at = store.all.findIndex(({ position }) => position === bad.position);
  Object.assign(store.all[at] as object, { type, data });
  await replayParked({ db: models.db, schema: liveSchema, store }, `work_item-${id}`);
  expect(await linksOf(id)).toMatchObject({
    tickets: [{ ticket_title: 'Spin' }],
    open_prs: [{ pr_number: 42 }],
  });
  expect(await differences()).toEqual([]);
});

test('a link that was changed by hand is found when the read models are verified', async () => {
  await onWork(workStarted(id), ticketLinked(id, 'PROJ-1'));
  await project();
  await models.db
    .withSchema(liveSchema)
    .updateTable('work_item_links')
    .set({ tickets: null })
    .execute();
  expect(await differences()).toMatchObject([{ table: 'work_item_links', key: id }]);
});
