import { rm } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import { startEventStoreServer } from '../../src/embedded/event-store/server.ts';
import { connectEventStore } from '../../src/events/esdb-event-store.ts';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { testFolder } from '../services/test-folder.ts';
import { newEvent } from '../support/projected-events.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

it('a connection that was half open when it was made is given up, and another is made', async () => {
  const dataDir = await testFolder('mute');
  const server = await startEventStoreServer({ dataDir, port: 0 });
  const way = await TcpProxy.listen(() => server.port);
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
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});
