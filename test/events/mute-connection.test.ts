import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { connectEventStore } from '../../src/events/esdb-event-store.ts';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { temporaryServer } from '../embedded/event-store/temporary-server.ts';
import { newEvent } from '../support/projected-events.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

it('a connection that was half open when it was made is given up, and another is made', async () => {
  const server = await temporaryServer();
  const way = await TcpProxy.listen(() => Number(new URL(server.url).port));
  const store = connectEventStore(`esdb://127.0.0.1:${way.port}?tls=false`, {
    ...{ attemptMs: 100, attempts: 1, connectionMs: 500 },
  });
  way.become('half-open');
  await expect(store.head()).rejects.toThrow(StoreUnavailableError);
  const event = newEvent('imi.test.counted', { n: 1 });
  await expect(store.append('a', 'no_stream', [event])).rejects.toThrow(StoreUnavailableError);
  // What was sent over that connection is swallowed for ever.
  way.become('open');
  const appended = () =>
    store.append('a', 'no_stream', [event]).then(
      () => true,
      () => false,
    );
  await vi.waitUntil(appended, { timeout: 20_000 });
  expect((await store.readLast('a'))?.id).toBe(event.id);
  await store.close();
  await way.close();
  await server.remove();
});

it('a store that has nothing to tell is not taken for a mute one', async () => {
  const server = await temporaryServer();
  const store = connectEventStore(server.url, {
    ...{ attemptMs: 5_000, attempts: 1, connectionMs: 200 },
  });
  const ended = new AbortController();
  const { signal } = ended;
  const following = store.subscribe({ after: null, typePrefixes: ['imi.'], signal });
  const first = following[Symbol.asyncIterator]();
  const next = first.next();
  // The second when the subscription has been answered, which would do for both.
  for (const waitMs of [100, 600]) {
    expect(await store.head()).toBeNull();
    await sleep(waitMs);
  }
  const event = newEvent('imi.test.counted', { n: 1 });
  await store.append('a', 'no_stream', [event]);
  // On the connection that the subscription began with: it would have ended with that.
  let told = (await next).value;
  while (told?.kind === 'checkpoint') told = (await first.next()).value;
  expect(told).toMatchObject({ kind: 'event', event: { id: event.id } });
  ended.abort();
  await store.close();
  await server.remove();
});
