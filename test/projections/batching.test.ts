import fc from 'fast-check';
import { sql } from 'kysely';
import { v4 as uuid4 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NewEvent } from '../../src/events/event-store.ts';
import { batchOf, decodeIncoming, type Incoming } from '../../src/projections/incoming.ts';
import { projectBatch } from '../../src/projections/project-batch.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { LiveEventStore } from '../support/live-event-store.ts';
import {
  gitStateUpdated,
  newEvent,
  projectDeactivated,
  projectRegistered,
  projectUpdated,
  ticketLinked,
  workCompleted,
  workStarted,
} from '../support/projected-events.ts';
import { appendTo, emptyReadModels, rowsOf, type TestReadModels, testReadModels } from './setup.ts';

let models: TestReadModels;
beforeAll(async () => {
  models = await testReadModels();
});
afterAll(() => models.close());

const items = [uuid4(), uuid4(), uuid4().toUpperCase()];
const projects = ['one', 'two'];

/** Any event on any of a few streams, sensible there or not: what does not fit has to be parked. */
const step = fc.record({
  project: fc.constantFrom(...projects),
  item: fc.constantFrom(...items),
  ticket: fc.constantFrom('PROJ-1', 'PROJ-2'),
  count: fc.nat(3),
  kind: fc.constantFrom('r', 'u', 'd', 's', 's', 'g', 'g', 'g', 'l', 'l', 'c', 'x', 'y', 'z', 'n'),
  at: fc.constantFrom(
    '2026-01-21T14:30:22Z',
    '2026-01-21T14:30:22.123456Z',
    '2026-02-01T00:00:00.9Z',
  ),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function eventOf({ project, item, ticket, count, kind, at }: Step): [string, NewEvent] {
  const onProject = (event: NewEvent): [string, NewEvent] => [`project-${project}`, event];
  const onItem = (event: NewEvent): [string, NewEvent] => [`work_item-${item}`, event];
  switch (kind) {
    case 'r':
      return onProject(projectRegistered(project, { metadata: { count } }));
    case 'u':
      return onProject(projectUpdated(project, { metadata: { b: count, a: [1.5, null, 'ü'] } }));
    case 'd':
      return onProject(projectDeactivated(project));
    case 's':
      return onItem(workStarted(item, 'feat/x', { metadata: { count } }));
    case 'g':
      return onItem(gitStateUpdated(item, { ahead_of_trunk: count, last_sync_at: at }));
    case 'l':
      return onItem(ticketLinked(item, ticket));
    case 'c':
      return onItem(workCompleted(item, { completed_at: at }));
    case 'x':
      return onItem(newEvent('imi.work.unheard_of', {}));
    case 'z':
      return onItem(workStarted(item, 'feat/\u0000'));
    case 'y':
      return onItem(ticketLinked(item, 'half a pair \ud800'));
    default:
      return onItem(gitStateUpdated(item, { ahead_of_trunk: 2 ** 31 }));
  }
}

async function project(messages: readonly Incoming[], sizes: readonly number[]) {
  await emptyReadModels(models);
  let position: bigint | null = null;
  for (let start = 0, turn = 0; start < messages.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    const batch = batchOf(messages.slice(start, start + size), position);
    start += size;
    if (batch === null) continue;
    await projectBatch({ db: models.db, schema: liveSchema }, position, batch);
    position = batch.position;
  }
  const { rows: parked } = await sql`
    SELECT stream_id, revision, position, event_type, error FROM imi_read.parked_events
    ORDER BY position`.execute(models.db);
  return { ...(await rowsOf(models)), parked };
}

test('however a history is cut into batches, the rows are those of one event at a time', async () => {
  const history = fc.array(step, { minLength: 1, maxLength: 40 });
  const cuts = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(history, cuts, async (steps, sizes) => {
      const store = new LiveEventStore();
      for (const each of steps) {
        const [stream, event] = eventOf(each);
        const metadata = { ...event.metadata, occurred_at: each.at };
        await appendTo(store, stream, { ...event, metadata });
      }
      const messages = store.all.map(
        (recorded): Incoming => ({ kind: 'event', event: decodeIncoming(recorded) }),
      );
      expect(await project(messages, sizes)).toEqual(await project(messages, [1]));
    }),
    { numRuns: 40 },
  );
});
