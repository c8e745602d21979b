import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toUuid } from '../../../src/events/ids.ts';
import type { RecordedEventResource } from '../../../src/http/schemas/recorded-event.ts';
import { eventReads } from '../../../src/read-api/routes/event-reads.ts';
import { serverWith } from '../../http/server.ts';
import { appendTo } from '../../projections/setup.ts';
import { InMemoryEventStore } from '../../support/in-memory-event-store.ts';
import { newEvent, projectRegistered, workStarted } from '../../support/projected-events.ts';

const store = new InMemoryEventStore();
const workId = '9b1c2a34-5d6e-5f70-8a9b-0c1d2e3f4a5b';
let app: FastifyInstance;

// One history for all tests, which read only.
beforeAll(async () => {
  app = await serverWith({ api: [eventReads({ store, maxSearched: 4 })] });
  await appendTo(store, 'command-1', newEvent('command.claimed', {}));
  await appendTo(store, 'project-1', projectRegistered('widget'));
  await appendTo(store, 'project-2', projectRegistered('gadget'));
  const started = workStarted(workId);
  const metadata = {
    ...started.metadata,
    actor: 'flume',
    command_id: toUuid('order 66'),
    $correlationId: toUuid('day one'),
    occurred_at: '2026-02-01T10:00:00.000Z',
  };
  await appendTo(store, `work_item-${workId}`, { ...started, metadata });
  await appendTo(store, `work_item-${workId}`, newEvent('imi.unheard_of', {}));
});
afterAll(() => app.close());

async function page(query: string) {
  const response = await app.inject({ url: `/api/v1/events?${query}` });
  expect(response.statusCode, response.body).toBe(200);
  return response.json() as {
    items: RecordedEventResource[];
    next: string | null;
    searched_to: string | null;
  };
}

const typesOf = async (query: string) => (await page(query)).items.map((event) => event.type);

describe('The recorded events', () => {
  it('are shown newest first with all that was recorded, those nobody can project included', async () => {
    const { items } = await page('limit=2');
    expect(items[0]).toMatchObject({ type: 'imi.unheard_of', stream: `work_item-${workId}` });
    expect(items[1]).toEqual({
      event_id: store.all[3]?.id,
      type: 'imi.work.started',
      stream: `work_item-${workId}`,
      revision: 0,
      position: '30',
      occurred_at: '2026-02-01T10:00:00.000Z',
      data: store.all[3]?.data,
      metadata: store.all[3]?.metadata,
    });
  });

  it.each([
    [
      'type=imi.project.registered&order=oldest',
      ['imi.project.registered', 'imi.project.registered'],
    ],
    ['type=imi.work.*', ['imi.work.started']],
    ['type=command.*&order=oldest', []],
    [`stream=work_item-${workId}&order=oldest`, ['imi.work.started', 'imi.unheard_of']],
    ['stream=work_item-*', ['imi.unheard_of', 'imi.work.started']],
    ['actor=flume', ['imi.work.started']],
    ['command_id=order%2066', ['imi.work.started']],
    [`correlation_id=${toUuid('day one')}`, ['imi.work.started']],
    ['since=2026-02-01T10:00:00Z', ['imi.work.started']],
    [
      'until=2026-01-31T00:00:00Z',
      ['imi.unheard_of', 'imi.project.registered', 'imi.project.registered'],
    ],
    ['after=10&before=40', ['imi.work.started', 'imi.project.registered']],
    ['after=10&before=40&order=oldest', ['imi.project.registered', 'imi.work.started']],
  ])('are narrowed by %s', async (query, types) => {
    expect(await typesOf(query)).toEqual(types);
  });

  it('of a search that went far without finding end with the place where to go on', async () => {
    const first = await page('type=imi.unheard_of&order=oldest');
    expect(first).toMatchObject({ items: [], next: '30', searched_to: '30' });
    const second = await page('type=imi.unheard_of&order=oldest&after=30');
    expect(second).toMatchObject({ items: [{ position: '40' }], next: null, searched_to: '40' });
    expect(await page('order=oldest&after=40')).toEqual({
      ...{ items: [], order: 'oldest', next: null, searched_to: '40' },
    });
  });

  it('refuse what is no position, time or filter, and a range without anything in it', async () => {
    for (const query of ['after=x', 'since=yesterday', 'colour=red', 'after=40&before=10']) {
      expect((await app.inject({ url: `/api/v1/events?${query}` })).statusCode, query).toBe(400);
    }
  });
});
