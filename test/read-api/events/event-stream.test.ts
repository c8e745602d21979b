import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SentEvent } from '../../../src/cli/server-sent-events.ts';
import { StoreUnavailableError } from '../../../src/events/event-store.ts';
import type { ServerOptions } from '../../../src/http/server.ts';
import { EventFeed } from '../../../src/read-api/events/event-feed.ts';
import { eventStreamRoute } from '../../../src/read-api/routes/event-stream.ts';
import { serverWith } from '../../http/server.ts';
import { appendTo, fast, silent } from '../../projections/setup.ts';
import { LiveEventStore } from '../../support/live-event-store.ts';
import { newEvent, projectId } from '../../support/projected-events.ts';
import { eventClient } from './event-client.ts';

let store: LiveEventStore;
let feed: EventFeed;
let app: FastifyInstance;
beforeEach(() => {
  store = new LiveEventStore();
});
afterEach(async () => {
  await app.close();
  await feed.close();
});

async function start(options: Partial<ServerOptions> = {}, maxStreams = 10, heartbeatMs = 60_000) {
  const window = { events: 20, bytes: 8_000_000 };
  feed = new EventFeed({ store, log: silent, delays: fast, window });
  app = await serverWith({
    api: [eventStreamRoute({ feed, maxStreams, heartbeatMs })],
    ...options,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
}

const record = (n: number, more: object = {}, type = 'imi.test.counted') =>
  appendTo(store, `project-${n % 3}`, newEvent(type, { n, ...more }));
const numbers = (frames: SentEvent[]) => frames.map(({ data }) => JSON.parse(data ?? '').data.n);
const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);

/** Connects and reads nothing. */
async function stalledClient() {
  const { port } = app.addresses()[0] as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /api/v1/events/stream HTTP/1.1\r\nHost: imi\r\n\r\n');
  await once(socket, 'readable');
  return socket;
}

describe('The stream of live events', () => {
  it('sends what is recorded from now on, whole, with its position as id', async () => {
    await start();
    await record(0);
    const client = await eventClient(app);
    expect(client.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const { position } = await record(1);
    const [frame] = await client.take(1);
    expect(frame).toMatchObject({ id: String(position), event: 'message' });
    expect(JSON.parse(frame?.data ?? '')).toMatchObject({
      type: 'imi.test.counted',
      stream: 'project-1',
      revision: 0,
      position: String(position),
      data: { n: 1 },
      metadata: { actor: 'tester' },
    });
    client.leave();
  });

  it('goes on after Last-Event-ID without a gap or a repetition, however often it is cut', async () => {
    await start();
    await record(0);
    const seen: number[] = [];
    let id = String(store.all[0]?.position);
    for (const n of upTo(60, 1)) {
      await record(n);
      if (n % 6 !== 0) continue;
      // The position in the query is an older one: the header goes before it.
      const client = await eventClient(app, '?after=0', { 'last-event-id': id });
      // Cut in the middle of what there is.
      const frames = await client.take(n === 60 ? 60 - seen.length : 5);
      seen.push(...numbers(frames));
      id = frames.at(-1)?.id ?? id;
      client.leave();
    }
    expect(seen).toEqual(upTo(60, 1));
  });

  it('sends only the types and the project that were asked for', async () => {
    await start();
    const client = await eventClient(app, `?type=imi.work.*&project_id=${projectId('widget')}`);
    const mine = { project_id: projectId('widget') };
    await record(1, mine);
    await record(2, { project_id: projectId('gadget') }, 'imi.work.started');
    await record(3, mine, 'imi.work.started');
    await record(4, mine, 'command.claimed');
    await record(5, mine, 'imi.work.completed');
    expect(numbers(await client.take(2))).toEqual([3, 5]);
    client.leave();
  });

  it('says a heartbeat that moves the position on, when nothing was sent', async () => {
    await start({}, 10, 5);
    await record(0);
    const client = await eventClient(app, '?type=imi.never');
    const { position } = await record(1);
    let moved: SentEvent | undefined;
    while (moved?.id !== String(position)) [moved] = await client.take(1, 'any');
    expect(moved?.data).toBeNull();
    client.leave();
  });

  it('is not slowed by a client that takes nothing, which misses nothing when it does', async () => {
    await start();
    const filler = 'x'.repeat(20_000);
    const stalled = await stalledClient();
    const quick = await eventClient(app);
    for (const n of upTo(400)) {
      await record(n, { filler });
      expect(numbers(await quick.take(1))).toEqual([n]);
    }
    let text = '';
    stalled.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    while (!text.includes('"n":399,')) await once(stalled, 'data');
    expect([...text.matchAll(/"n":(\d+),/g)].map(([, n]) => Number(n))).toEqual(upTo(400));
    stalled.destroy();
    quick.leave();
  });

  it('waits while the store is away and goes on when it is back', async () => {
    await start();
    const client = await eventClient(app);
    await record(1);
    expect(numbers(await client.take(1))).toEqual([1]);
    store.cut();
    await record(2);
    expect(numbers(await client.take(1))).toEqual([2]);
    client.leave();
  });

  it('is a coded 503 when the store is away and nobody knows where now is', async () => {
    store.head = async () => {
      throw new StoreUnavailableError('away');
    };
    await start();
    const { response } = await eventClient(app);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ detail: { code: 'UNAVAILABLE' } });
  });

  it('says goodbye at a shutdown, which no open stream holds up', async () => {
    await start();
    const client = await eventClient(app);
    const stalled = await stalledClient();
    const filler = 'x'.repeat(200_000);
    for (const n of upTo(100)) await record(n, { filler });
    expect(numbers(await client.take(100))).toEqual(upTo(100));
    const rest = client.rest();
    await app.close();
    expect(await rest).toEqual([{ id: null, event: 'end', data: '{"reason":"shutdown"}' }]);
    stalled.destroy();
  });

  it('asks for an API key like other reads, and a read key will do', async () => {
    const sha256 = createHash('sha256').update('readonly').digest('hex');
    await start({ apiKey: 'plain-key', apiKeys: [{ name: 'dash', scope: 'read', sha256 }] });
    const refused = await eventClient(app);
    expect(refused.response.status).toBe(401);
    const allowed = await eventClient(app, '', { authorization: 'Bearer readonly' });
    expect(allowed.response.status).toBe(200);
    allowed.leave();
  });

  it('lets pages of the allowed origins in', async () => {
    await start({ corsOrigins: ['https://dash.example'] });
    const client = await eventClient(app, '', { origin: 'https://dash.example' });
    expect(client.response.headers.get('access-control-allow-origin')).toBe('https://dash.example');
    client.leave();
  });

  it('is a coded 503 while all streams are taken, and free again when a client has left', async () => {
    await start({}, 1);
    const first = await eventClient(app);
    const second = await eventClient(app);
    expect(second.response.status).toBe(503);
    expect(await second.response.json()).toMatchObject({ detail: { params: { limit: 1 } } });
    first.leave();
    let again = await eventClient(app);
    while (again.response.status === 503) again = await eventClient(app);
    expect(again.response.status).toBe(200);
    again.leave();
  });

  it('refuses a position that is none', async () => {
    await start();
    const { response } = await eventClient(app, '', { 'last-event-id': 'yesterday' });
    expect(response.status).toBe(400);
  });
});
