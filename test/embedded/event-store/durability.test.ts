import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectEventStore } from '../../../src/events/esdb-event-store.ts';
import {
  type EventStore,
  type NewEvent,
  StoreUnavailableError,
} from '../../../src/events/event-store.ts';
import { newEvent } from '../../events/event-store-contract.ts';
import { type ChildServer, killChildren, startChildServer } from './child-server.ts';
import { temporaryFolder } from './temporary-server.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await temporaryFolder();
});
afterEach(async () => {
  await killChildren();
  await rm(dataDir, { recursive: true });
});

const WRITERS = 24;
const EVENTS_PER_WRITER = 60;
const KILLS = 4;

/** Appends until it is answered, as a command handler does: the same events at the same place. */
async function appendForSure(store: EventStore, stream: string, revision: number, event: NewEvent) {
  for (;;) {
    try {
      return await store.append(stream, revision === 0 ? 'no_stream' : revision - 1, [event]);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
  }
}

async function idsOf(store: EventStore, stream: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const event of store.readStream(stream)) ids.push(event.id);
  return ids;
}

it('loses and doubles nothing when it is killed under concurrent writers', async () => {
  let server: ChildServer = await startChildServer(dataDir);
  const store = connectEventStore(server.url, { attempts: 2, backoffMs: 20 });
  const total = WRITERS * EVENTS_PER_WRITER;
  let acknowledged = 0;
  let kills = 0;
  let restarting: Promise<void> = Promise.resolve();
  const killAndRestart = async () => {
    await server.end('SIGKILL');
    server = await startChildServer(dataDir, server.port);
  };
  const expected = new Map<string, string[]>();
  const write = async (writer: number) => {
    const stream = `writer-${writer}-${randomUUID()}`;
    const ids: string[] = [];
    expected.set(stream, ids);
    for (let revision = 0; revision < EVENTS_PER_WRITER; revision++) {
      const event = newEvent();
      ids.push(event.id);
      const result = await appendForSure(store, stream, revision, event);
      expect(result.revision).toBe(revision);
      if (++acknowledged >= (total * (kills + 1)) / (KILLS + 1) && kills < KILLS) {
        kills++;
        restarting = restarting.then(killAndRestart);
      }
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  await restarting;
  let read = 0;
  for (const [stream, ids] of expected) {
    let found: string[] = [];
    // The last kill may have hit while nothing was being appended: the first read finds out.
    while (found.length === 0) found = await idsOf(store, stream).catch(() => []);
    expect(found).toEqual(ids);
    read += found.length;
  }
  expect({ kills, read }).toEqual({ kills: KILLS, read: total });
  await store.close();
  expect(await server.end('SIGTERM')).toBe(0);
});

it('answers StoreUnavailableError while the server is down and recovers when it is back', async () => {
  const server = await startChildServer(dataDir);
  const store = connectEventStore(server.url, { attempts: 2, backoffMs: 1 });
  const event = newEvent();
  await store.append('a', 'no_stream', [event]);
  await server.end('SIGKILL');
  await expect(store.append('a', 0, [newEvent()])).rejects.toThrow(StoreUnavailableError);
  await expect(idsOf(store, 'a')).rejects.toThrow(StoreUnavailableError);
  await expect(store.readLast('a')).rejects.toThrow(StoreUnavailableError);
  await startChildServer(dataDir, server.port);
  await appendForSure(store, 'a', 1, newEvent());
  expect((await idsOf(store, 'a'))[0]).toBe(event.id);
  await store.close();
});

it('ends a subscription with StoreUnavailableError when the server is killed', async () => {
  const server = await startChildServer(dataDir);
  const store = connectEventStore(server.url);
  await store.append('a', 'no_stream', [newEvent('known')]);
  const subscription = store.subscribe({
    after: null,
    typePrefixes: ['known'],
    signal: new AbortController().signal,
  });
  const consume = async () => {
    for await (const message of subscription)
      if (message.kind === 'event') await server.end('SIGKILL');
  };
  await expect(consume()).rejects.toThrow(StoreUnavailableError);
  await store.close();
});

it('gives up an append to a server that hangs, and finds it written once when it goes on', async () => {
  const server = await startChildServer(dataDir);
  const store = connectEventStore(server.url, { attemptMs: 300, attempts: 2, backoffMs: 1 });
  await store.append('a', 'no_stream', [newEvent()]);
  const events = Array.from({ length: 40 }, () => newEvent());
  server.process.kill('SIGSTOP');
  const results = await Promise.allSettled(
    events.map((event) => store.append(`hung-${event.id}`, 'no_stream', [event])),
  );
  server.process.kill('SIGCONT');
  for (const result of results)
    expect(result).toMatchObject({ reason: expect.any(StoreUnavailableError) });
  await store.close();
  const patient = connectEventStore(server.url);
  for (const event of events) {
    const stream = `hung-${event.id}`;
    await appendForSure(patient, stream, 0, event);
    expect(await idsOf(patient, stream)).toEqual([event.id]);
  }
  await patient.close();
});

it('fails each of many appends by itself when the server hangs and is then killed', async () => {
  const server = await startChildServer(dataDir);
  const store = connectEventStore(server.url, { attempts: 1 });
  await store.append('a', 'no_stream', [newEvent()]);
  server.process.kill('SIGSTOP');
  // More than the client holds, and more than the connection swallows.
  const appends = Array.from({ length: 300 }, (_, index) =>
    store.append(`cut-${index}`, 'no_stream', [newEvent('cut', { text: 'x'.repeat(50_000) })]),
  );
  const results = Promise.allSettled(appends);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await server.end('SIGKILL');
  for (const result of await results)
    expect(result).toMatchObject({ reason: expect.any(StoreUnavailableError) });
  await store.close();
});

it('gives up a read of a server that hangs, and reads when it goes on', async () => {
  const server = await startChildServer(dataDir);
  const store = connectEventStore(server.url, { attemptMs: 300 });
  const event = newEvent();
  await store.append('a', 'no_stream', [event]);
  server.process.kill('SIGSTOP');
  const reads = [idsOf(store, 'a'), store.readLast('a'), store.head()];
  for (const result of await Promise.allSettled(reads))
    expect(result).toMatchObject({ reason: expect.any(StoreUnavailableError) });
  server.process.kill('SIGCONT');
  expect(await idsOf(store, 'a')).toEqual([event.id]);
  await store.close();
});

it('stops when its log cannot be written, and has kept all it had acknowledged', async () => {
  const server = await startChildServer(dataDir, 0, 512);
  const store = connectEventStore(server.url, { attempts: 1 });
  const events: NewEvent[] = [];
  const fill = async () => {
    for (;;) {
      const event = newEvent('filling', { text: 'x'.repeat(20_000) });
      await store.append('full', events.length === 0 ? 'no_stream' : events.length - 1, [event]);
      events.push(event);
    }
  };
  const exit = new Promise((resolve) => server.process.once('exit', resolve));
  await expect(fill()).rejects.toThrow(StoreUnavailableError);
  expect(await exit).toBe(1);
  await store.close();
  // On another port: in the meantime anybody may have taken the first.
  const again = connectEventStore((await startChildServer(dataDir)).url);
  const found = await idsOf(again, 'full');
  expect(found.slice(0, events.length)).toEqual(events.map(({ id }) => id));
  expect(events.length).toBeGreaterThan(10);
  await again.close();
});

it('says that its port is in use, and exits with 1', async () => {
  const server = await startChildServer(dataDir);
  const other = await temporaryFolder();
  await expect(startChildServer(other, server.port)).rejects.toThrow(
    /exit code 1: Cannot listen on 127\.0\.0\.1:\d+: the port is in use/,
  );
  await rm(other, { recursive: true });
});

it('refuses a folder that another process has open, until that is killed', async () => {
  const server = await startChildServer(dataDir);
  await expect(startChildServer(dataDir)).rejects.toThrow(
    /exit code 1: .*in use by another server/,
  );
  await server.end('SIGKILL');
  await startChildServer(dataDir);
});
