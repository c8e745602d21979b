import { randomUUID } from 'node:crypto';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LogFile } from '../../../src/embedded/event-store/log-file.ts';
import { type TemporaryServer, temporaryServer } from './temporary-server.ts';

let server: TemporaryServer;
let client: EventStoreDBClient;
beforeEach(async () => {
  server = await temporaryServer();
  client = EventStoreDBClient.connectionString(server.url);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  await client.dispose();
  await server.remove();
});

const MEBIBYTE = 1024 * 1024;
const event = (n: number, text = '') => jsonEvent({ type: 'numbered', data: { n, text } });

it('reads no further for a slow consumer than fits into its connection', async () => {
  const text = 'x'.repeat(100_000);
  for (let n = 0; n < 300; n += 10)
    await client.appendToStream(
      'large',
      Array.from({ length: 10 }, (_, i) => event(n + i, text)),
    );
  let bytesRead = 0;
  const read = LogFile.prototype.read;
  vi.spyOn(LogFile.prototype, 'read').mockImplementation(function (this: LogFile, offset, length) {
    bytesRead += length;
    return read.call(this, offset, length);
  });
  const subscription = client.subscribeToAll();
  let handled = 0;
  let readWhileWaiting = 0;
  for await (const { event: recorded } of subscription) {
    if (recorded?.type !== 'numbered') continue;
    if (++handled === 1) {
      // While this consumer waits, the server does other work, and could read on.
      for (let n = 0; n < 20; n++) await client.appendToStream('other', event(n));
      readWhileWaiting = bytesRead;
    }
    if (handled === 300) break;
  }
  await subscription.unsubscribe();
  expect(readWhileWaiting).toBeLessThan(12 * MEBIBYTE);
  expect(bytesRead).toBeGreaterThan(28 * MEBIBYTE);
});

it('ends with UNAVAILABLE when the server shuts down', async () => {
  const subscription = client.subscribeToAll();
  const error = new Promise((resolve) => subscription.once('error', resolve));
  await new Promise((resolve) => subscription.once('caughtUp', resolve));
  subscription.resume();
  const other = await temporaryServer();
  await other.remove();
  const removed = server.remove();
  expect(await error).toMatchObject({ type: 'unavailable' });
  await removed;
  server = await temporaryServer();
});

it('cuts events older than $maxAge', async () => {
  const now = Date.now();
  vi.useFakeTimers({ toFake: ['Date'], now });
  await client.setStreamMetadata('aging', { maxAge: 60 });
  await client.appendToStream('aging', [event(0), event(1)]);
  vi.setSystemTime(now + 50_000);
  await client.appendToStream('aging', event(2));
  vi.setSystemTime(now + 70_000);
  const revisions: unknown[] = [];
  for await (const { event: recorded } of client.readStream('aging'))
    revisions.push(recorded?.revision);
  expect(revisions).toEqual([2n]);
});

it('is found by esdb+discover', async () => {
  const discovering = EventStoreDBClient.connectionString(
    server.url.replace('esdb://', 'esdb+discover://'),
  );
  const stream = `discovered-${randomUUID()}`;
  expect(await discovering.appendToStream(stream, event(0))).toMatchObject({ success: true });
  await discovering.dispose();
});
