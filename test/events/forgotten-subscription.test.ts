import { expect, it, vi } from 'vitest';
import { connectEventStore } from '../../src/events/esdb-event-store.ts';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { temporaryServer } from '../embedded/event-store/temporary-server.ts';
import { http2Proxy } from '../support/http2-proxy.ts';
import { newEvent } from '../support/projected-events.ts';

it('a subscription that is forgotten on a healthy connection is given up, and goes on anew', async () => {
  const server = await temporaryServer();
  const way = await http2Proxy(Number(new URL(server.url).port));
  const store = connectEventStore(`esdb://127.0.0.1:${way.port}?tls=false`, { silenceMs: 100 });
  const stopping = new AbortController();
  const seen: string[] = [];
  const follow = async (after: bigint | null) => {
    const options = { after, typePrefixes: ['imi.'], signal: stopping.signal };
    for await (const message of store.subscribe(options)) {
      if (message.kind === 'event') seen.push(message.event.id);
    }
  };
  const events = [1, 2, 3].map((n) => newEvent('imi.test.counted', { n }));
  const ids = events.map(({ id }) => id);
  const first = await store.append('a', 'no_stream', events.slice(0, 1));
  const forgotten = follow(null);
  forgotten.catch(() => undefined);
  await vi.waitUntil(() => seen.length === 1, { timeout: 10_000 });
  way.forgetCalls('Read');
  await store.append('a', 0, events.slice(1, 2));
  await expect(forgotten).rejects.toThrow(StoreUnavailableError);
  expect(seen).toEqual(ids.slice(0, 1));

  const anew = follow(first.position);
  await store.append('a', 1, events.slice(2));
  await vi.waitUntil(() => seen.length === 3, { timeout: 10_000 });
  expect(seen).toEqual(ids);
  stopping.abort();
  await anew;
  await store.close();
  await way.close();
  await server.remove();
});
