import { randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { connectEventStore } from '../../src/events/esdb-event-store.ts';
import type { EventMetadata } from '../../src/events/event-store.ts';
import type { Job } from '../job.ts';
import { rate, share } from '../quantity.ts';
import { perSecond, repeated } from '../stats.ts';

const durationMs = 2_000;

/** What the event store gives, which is the most that commands can ever have. */
export const appends: Job = async ({ stand, report, runs }) => {
  const client = EventStoreDBClient.connectionString(stand.eventStoreUrl);
  const viaClient = (stream: string, revision: number) =>
    client.appendToStream(stream, jsonEvent({ id: randomUUID(), type, data, metadata }), {
      expectedRevision: revision < 0 ? 'no_stream' : BigInt(revision),
    });
  const store = connectEventStore(stand.eventStoreUrl);
  const viaPort = (stream: string, revision: number) =>
    store.append(stream, revision < 0 ? 'no_stream' : revision, [
      { id: randomUUID(), type, data, metadata },
    ]);

  await appending(viaClient, 64);
  const syncs = rate(
    await repeated(runs, () => diskSyncs(join(stand.folder, 'syncs'))),
    'writes/s',
  );
  const alone = rate(await repeated(runs, () => appending(viaClient, 1)), 'appends/s');
  report.add({
    measure: "Appends, the store's client, one at a time",
    value: [alone],
    drawnAs: "the store's client",
    limit: { name: 'write with fdatasync', value: [syncs] },
    ratio: share(alone, syncs),
  });
  const many = rate(await repeated(runs, () => appending(viaClient, 64)), 'appends/s');
  const port = rate(await repeated(runs, () => appending(viaPort, 64)), 'appends/s');
  report.add({
    measure: "Appends, iMi's port, 64 callers",
    value: [port],
    limit: { name: "the store's client, 64 at a time", value: [many] },
    ratio: share(port, many),
  });
  await store.close();
  await client.dispose();
};

type Append = (stream: string, revision: number) => Promise<unknown>;

/** Appends a second, each caller on a stream of its own with the revision it expects. */
async function appending(append: Append, callers: number): Promise<number> {
  const startedAt = performance.now();
  let appended = 0;
  const caller = async () => {
    const stream = `bench-${randomUUID()}`;
    for (let revision = -1; performance.now() < startedAt + durationMs; revision += 1) {
      await append(stream, revision);
      appended += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return perSecond(appended, performance.now() - startedAt);
}

/** Writes of an event's size that reach the disk one after the other, a second. */
async function diskSyncs(path: string): Promise<number> {
  const file = await open(path, 'w');
  const block = Buffer.alloc(1024);
  const startedAt = performance.now();
  let written = 0;
  for (; performance.now() < startedAt + durationMs / 2; written += 1) {
    await file.write(block);
    await file.datasync();
  }
  await file.close();
  return perSecond(written, performance.now() - startedAt);
}

const type = 'bench.git_state_updated';
const id = randomUUID();
const data = {
  work_item_id: id,
  project_id: id,
  project_name: 'bench',
  remote_origin: 'https://github.com/33god-bench/bench',
  branch_name: 'bench/1',
  owner_id: 'ada',
  has_uncommitted_changes: false,
  uncommitted_files_count: 0,
  ahead_of_trunk: 1,
  behind_trunk: 0,
  last_commit_hash: null,
  last_commit_message: null,
  last_sync_at: new Date().toISOString(),
};
const metadata = {
  command_id: id,
  $correlationId: id,
  $causationId: id,
  actor: 'ada',
  source: { host: 'bench', type: 'agent', app: 'flume' },
  schema_version: 1,
  occurred_at: data.last_sync_at,
} satisfies EventMetadata;
