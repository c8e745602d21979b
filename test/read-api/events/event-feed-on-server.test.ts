import { rm } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { startEventStoreServer } from '../../../src/embedded/event-store/server.ts';
import { connectEventStore } from '../../../src/events/esdb-event-store.ts';
import { type EventStore, StoreUnavailableError } from '../../../src/events/event-store.ts';
import { EventFeed } from '../../../src/read-api/events/event-feed.ts';
import { temporaryFolder } from '../../embedded/event-store/temporary-server.ts';
import { fast, silent } from '../../projections/setup.ts';
import { newEvent } from '../../support/projected-events.ts';

/** Appends the same event at the same place until the store has answered. */
async function appendUntilDone(store: EventStore, n: number): Promise<void> {
  const event = newEvent('imi.test.counted', { n });
  for (let done = false; !done; ) {
    done = await store.append('project-1', n === 0 ? 'no_stream' : n - 1, [event]).then(
      () => true,
      (error) => {
        if (error instanceof StoreUnavailableError) return false;
        throw error;
      },
    );
  }
}

it('The feed of live events misses and repeats nothing while its server goes away and comes back', async () => {
  const dataDir = await temporaryFolder();
  let server = await startEventStoreServer({ dataDir, port: 0 });
  const port = Number(/:(\d+)/.exec(server.url)?.[1]);
  const store = connectEventStore(server.url);
  const window = { events: 3, bytes: 1_000_000 };
  const feed = new EventFeed({ store, log: silent, delays: fast, window });
  const { signal } = new AbortController();
  const [level, behind] = [
    feed.follow({ after: null, signal }),
    feed.follow({ after: null, signal }),
  ];
  const numbersOf = async (messages: typeof level, count: number) => {
    const numbers: unknown[] = [];
    while (numbers.length < count) {
      const { value } = await messages.next();
      if (value?.kind === 'event') numbers.push(value.event.data.n);
    }
    return numbers;
  };
  const upTo = (count: number, from: number) => Array.from({ length: count }, (_, i) => from + i);
  const record = async (numbers: number[]) => {
    for (const n of numbers) await appendUntilDone(store, n);
  };
  await record(upTo(5, 0));
  expect(await numbersOf(level, 5)).toEqual(upTo(5, 0));
  expect(await numbersOf(behind, 1)).toEqual([0]);
  const waiting = numbersOf(level, 10);
  await server.close();
  server = await startEventStoreServer({ dataDir, port });
  await record(upTo(10, 5));
  expect(await waiting).toEqual(upTo(10, 5));
  expect(await numbersOf(behind, 14)).toEqual(upTo(14, 1));
  await feed.close();
  await store.close();
  await server.close();
  await rm(dataDir, { recursive: true });
});
