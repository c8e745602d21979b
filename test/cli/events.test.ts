import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventFeed } from '../../src/read-api/events/event-feed.ts';
import { eventReads } from '../../src/read-api/routes/event-reads.ts';
import { eventStreamRoute } from '../../src/read-api/routes/event-stream.ts';
import { serverWith } from '../http/server.ts';
import { appendTo, silent } from '../projections/setup.ts';
import { LiveEventStore } from '../support/live-event-store.ts';
import { newEvent } from '../support/projected-events.ts';
import { followImi, runImi } from './run-imi.ts';

let store: LiveEventStore;
let app: FastifyInstance;
let feed: EventFeed;
beforeEach(() => {
  store = new LiveEventStore();
});
afterEach(async () => {
  await app.close();
  await feed.close();
});

async function listen(port = 0): Promise<string> {
  feed = new EventFeed({ store, log: silent });
  app = await serverWith({
    api: [eventReads({ store, maxSearched: 7 }), eventStreamRoute({ feed, maxStreams: 5 })],
  });
  return app.listen({ host: '127.0.0.1', port });
}

const record = (n: number, type = 'imi.test.counted') =>
  appendTo(store, 'project-1', newEvent(type, { n }));

describe('imi events', () => {
  it('shows the newest that fit, however far the service has to look for them', async () => {
    const IMI_API_URL = await listen();
    for (let n = 0; n < 40; n += 1) await record(n, n % 10 === 0 ? 'imi.test.tenth' : undefined);
    const args = ['events', '--type', 'imi.test.tenth', '--limit', '3', '--json'];
    const { code, stdout } = await runImi(args, { env: { IMI_API_URL } });
    const numbers = JSON.parse(stdout).map((event: { data: { n: number } }) => event.data.n);
    expect([code, numbers]).toEqual([0, [10, 20, 30]]);
  });

  it('follows what is recorded, comes back after the service was away, and misses nothing', async () => {
    const IMI_API_URL = await listen();
    const { port } = new URL(IMI_API_URL);
    const following = await followImi(['events', '--follow', '--json'], { env: { IMI_API_URL } });
    await record(1);
    expect(JSON.parse(await following.line())).toMatchObject({ data: { n: 1 } });
    await app.close();
    await feed.close();
    await record(2);
    await listen(Number(port));
    await record(3);
    expect(JSON.parse(await following.line())).toMatchObject({ data: { n: 2 } });
    expect(JSON.parse(await following.line())).toMatchObject({ data: { n: 3 } });
    expect(await following.interrupt()).toBe(0);
  });

  it('follows from a position, one line for each event', async () => {
    const IMI_API_URL = await listen();
    const { position } = await record(1);
    await record(2);
    const args = ['events', '--follow', '--after', String(position)];
    const following = await followImi(args, { env: { IMI_API_URL } });
    expect(await following.line()).toMatch(
      /^\d+ {2}2026\S+ {2}imi\.test\.counted {2}project-1 {2}tester$/,
    );
    expect(await following.interrupt()).toBe(0);
  });
});
