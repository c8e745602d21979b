import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EsdbConnection, type Session } from '../../src/events/esdb-connection.ts';
import { connectEventStore } from '../../src/events/esdb-event-store.ts';
import { readEvents, subscribeToAll } from '../../src/events/esdb-read.ts';
import { readOfStream } from '../../src/events/esdb-requests.ts';
import { until } from '../bloodbank/support.ts';
import { type TemporaryServer, temporaryServer } from '../embedded/event-store/temporary-server.ts';

let server: TemporaryServer;
const stream = `work_item-${randomUUID()}`;

beforeAll(async () => {
  server = await temporaryServer();
  const store = connectEventStore(server.url);
  const events = Array.from({ length: 40 }, (_, n) => ({
    id: randomUUID(),
    type: 'imi.work.started',
    data: { n, note: 'x'.repeat(3000) },
    metadata: {
      command_id: randomUUID(),
      $correlationId: randomUUID(),
      $causationId: randomUUID(),
      actor: 'tester',
      source: { host: 'test', type: 'manual', app: 'test' },
      schema_version: 1,
      occurred_at: '2026-01-21T14:30:22.000Z',
    },
  }));
  await store.append(stream, 'no_stream', events);
  await store.close();
});
afterAll(() => server.remove());

/** Calls that the client still knows of. */
const open = ({ client }: Session): number =>
  (client as unknown as { disposableStreams: Set<unknown> }).disposableStreams.size;

const readings: readonly (readonly [
  string,
  (connection: EsdbConnection) => AsyncIterable<unknown>,
])[] = [
  [
    'the last event alone',
    (connection) => readEvents(connection, readOfStream(stream, 'backwards', null, 1), 5000),
  ],
  [
    'the first of many',
    (connection) => readEvents(connection, readOfStream(stream, 'forwards', 0), 5000),
  ],
  [
    'a subscription, up to its first event',
    (connection) => {
      const { signal } = new AbortController();
      return subscribeToAll(connection, { after: null, typePrefixes: ['imi.'], signal });
    },
  ],
];

it.each(readings)('a reader who needs no more leaves no call behind: %s', async (_what, read) => {
  const connection = new EsdbConnection(server.url);
  const session = await connection.session();
  const readOne = async () => {
    for await (const event of read(connection)) {
      expect(event).toBeDefined();
      break;
    }
  };
  // Side by side, so that some have their answer in full by the time they are left.
  for (let times = 0; times < 8; times += 1) await Promise.all(Array.from({ length: 20 }, readOne));
  await until(() => open(session) === 0);
  await connection.close();
});
