import { expect, it } from 'vitest';
import { bytesOfAThing, projects } from '../../src/commands/aggregate.ts';
import { Snapshots } from '../../src/commands/snapshots.ts';
import type { EventStore, JsonObject, RecordedEvent } from '../../src/events/event-store.ts';
import { projectRegistered } from '../support/projected-events.ts';

/** A store of projects with this metadata, as many as are asked for; it counts the reads. */
function storeOf(metadata: JsonObject) {
  const reads: string[] = [];
  const store: Pick<EventStore, 'readStream'> = {
    async *readStream(streamId, from = 0): AsyncGenerator<RecordedEvent> {
      reads.push(streamId);
      const { data, ...event } = projectRegistered(streamId.slice('project-'.length));
      if (from > 0) return;
      yield { ...event, data: { ...data, metadata }, streamId, revision: 0, position: 1n };
    },
  };
  return { reads, snapshots: new Snapshots(store as EventStore) };
}

const idOf = (n: number) => `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`;

it('keep small entities in memory', async () => {
  const { reads, snapshots } = storeOf({ team: 'widgets' });
  for (let n = 0; n < 2000; n += 1) await snapshots.get(projects, idOf(n));
  await snapshots.get(projects, idOf(0));
  expect(reads).toHaveLength(2000);
});

it('give up entities that are large, so that memory stays within bounds', async () => {
  const kilobytes = 60;
  const { reads, snapshots } = storeOf({ note: 'x'.repeat(kilobytes * 1000) });
  const fitting = (400_000 * bytesOfAThing) / (kilobytes * 1000);
  for (let n = 0; n < fitting + 10; n += 1) await snapshots.get(projects, idOf(n));
  const before = reads.length;
  await snapshots.get(projects, idOf(0));
  expect(reads).toHaveLength(before + 1);
  await snapshots.get(projects, idOf(Math.floor(fitting) + 5));
  expect(reads).toHaveLength(before + 1);
});
