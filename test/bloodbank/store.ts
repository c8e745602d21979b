import { rm } from 'node:fs/promises';
import { onTestFinished } from 'vitest';
import {
  type EventStoreServer,
  startEventStoreServer,
} from '../../src/embedded/event-store/server.ts';
import { connectEventStore } from '../../src/events/esdb-event-store.ts';
import type { EventStore, RecordedEvent } from '../../src/events/event-store.ts';
import { testFolder } from '../services/test-folder.ts';
import { everyEvent } from '../support/every-event.ts';

export interface TestStore {
  readonly store: EventStore;
  /** Takes the server away. */
  stop(): Promise<void>;
  /** Brings it back, with the same files at the same place. */
  start(): Promise<void>;
}

/** An event store of the test's own, behind the real client. */
export async function openStore(): Promise<TestStore> {
  const dataDir = await testFolder('publisher');
  let server: EventStoreServer = await startEventStoreServer({ dataDir, port: 0 });
  const { port } = server;
  const store = connectEventStore(server.url);
  onTestFinished(async () => {
    await store.close();
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  return {
    store,
    stop: () => server.close(),
    start: async () => {
      server = await startEventStoreServer({ dataDir, port });
    },
  };
}

/** The public events of the store up to now, in the order of `$all`. */
export async function publicEvents(store: EventStore): Promise<RecordedEvent[]> {
  return (await everyEvent(store)).filter(({ type }) => type.startsWith('imi.'));
}
