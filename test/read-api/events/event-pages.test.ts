import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventFilter } from '../../../src/read-api/events/event-filter.ts';
import { readEventPage } from '../../../src/read-api/events/event-pages.ts';
import { appendTo } from '../../projections/setup.ts';
import { InMemoryEventStore } from '../../support/in-memory-event-store.ts';
import { newEvent } from '../../support/projected-events.ts';

const types = ['imi.work.started', 'imi.work.completed', 'imi.project.updated', 'command.claimed'];
const streams = ['work_item-1', 'work_item-2', 'project-1'];

/** A history of types and streams by their numbers. */
async function storeOf(history: readonly (readonly [number, number])[]) {
  const store = new InMemoryEventStore();
  for (const [type, stream] of history) {
    await appendTo(store, streams[stream] ?? '', newEvent(types[type] ?? '', {}));
  }
  return store;
}

/** Follows the pages until there is nothing more, as a client does. */
async function allPages(
  store: InMemoryEventStore,
  filter: EventFilter,
  direction: 'forwards' | 'backwards',
  { limit, maxSearched }: { limit: number; maxSearched: number },
) {
  const found: bigint[] = [];
  for (let from: bigint | null = null; ; ) {
    const page = await readEventPage(store, {
      ...{ filter, direction, from, limit, maxSearched, maxMs: 60_000 },
    });
    expect(page.events.length).toBeLessThanOrEqual(limit);
    found.push(...page.events.map((event) => event.position));
    if (page.exhausted) return found;
    from = page.searchedTo;
  }
}

const history = fc.array(fc.tuple(fc.nat(3), fc.nat(2)), { maxLength: 60 });
const filters = fc.record(
  {
    type: fc.constantFrom('imi.work.*', 'imi.work.started', 'imi.*', '*'),
    stream: fc.constantFrom('work_item-*', 'work_item-1', 'project-1', 'nothing-1', '*'),
  },
  { requiredKeys: [] },
);
const sizes = fc.record({
  limit: fc.integer({ min: 1, max: 7 }),
  maxSearched: fc.integer({ min: 1, max: 9 }),
});

describe('The pages of the recorded events', () => {
  it('hold each public event that fits once and in order, whatever the sizes, both ways', async () => {
    await fc.assert(
      fc.asyncProperty(history, filters, sizes, async (events, filter, size) => {
        const store = await storeOf(events);
        const fits = (wanted: string | undefined, text: string) =>
          wanted === undefined ||
          (wanted.endsWith('*') ? text.startsWith(wanted.slice(0, -1)) : text === wanted);
        const expected = store.published
          .filter((event) => fits(filter.type, event.type) && fits(filter.stream, event.streamId))
          .map((event) => event.position);
        expect(await allPages(store, filter, 'forwards', size)).toEqual(expected);
        expect(await allPages(store, filter, 'backwards', size)).toEqual(expected.toReversed());
      }),
      { numRuns: 150 },
    );
  });

  it('look at no more events than they may, and tell how far they came without a match', async () => {
    const store = await storeOf(Array.from({ length: 30 }, () => [3, 0] as const));
    const options = {
      filter: {},
      direction: 'forwards',
      from: null,
      limit: 5,
      maxMs: 60_000,
    } as const;
    const page = await readEventPage(store, { ...options, maxSearched: 10 });
    expect(page).toEqual({ events: [], searchedTo: store.all[9]?.position, exhausted: false });
  });

  it('stop where they are when their time is up, and still get on', async () => {
    const store = await storeOf(Array.from({ length: 5 }, () => [3, 0] as const));
    const page = await readEventPage(store, {
      ...{ filter: {}, direction: 'forwards', from: null, limit: 5, maxSearched: 10, maxMs: -1 },
    });
    expect(page).toEqual({ events: [], searchedTo: store.all[0]?.position, exhausted: false });
  });

  it('of one long stream read only the place they begin at', async () => {
    const store = await storeOf(Array.from({ length: 600 }, () => [0, 0] as const));
    let read = 0;
    const counted = {
      readAll: store.readAll.bind(store),
      readLast: store.readLast.bind(store),
      async *readStream(stream: string, from?: number) {
        for await (const event of store.readStream(stream, from)) {
          read += 1;
          yield event;
        }
      },
    };
    const options = { filter: { stream: 'work_item-1' }, limit: 5, maxSearched: 10, maxMs: 60_000 };
    const at = store.all[500]?.position ?? null;
    const after = await readEventPage(counted, { ...options, direction: 'forwards', from: at });
    expect(after.events.map((event) => event.revision)).toEqual([501, 502, 503, 504, 505]);
    const before = await readEventPage(counted, { ...options, direction: 'backwards', from: at });
    expect(before.events.map((event) => event.revision)).toEqual([499, 498, 497, 496, 495]);
    expect(read).toBeLessThan(300);
  });
});
