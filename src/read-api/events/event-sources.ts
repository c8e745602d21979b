import type { EventStore, ReadAllOptions, RecordedEvent } from '../../events/event-store.ts';

/** What is read of the store to look back. */
export type AuditedStore = Pick<EventStore, 'readAll' | 'readStream' | 'readLast'>;

/** Events beyond a position, one way or the other; `limit` bounds how many are looked at. */
export type EventSource = (options: ReadAllOptions) => AsyncIterable<RecordedEvent>;

const backwardsAtOnce = 200;

/** Everything that was recorded. */
export const everything =
  (store: AuditedStore): EventSource =>
  (options) =>
    store.readAll(options);

/** One stream, entered where the position says without reading what lies before. */
export const streamOnly = (store: AuditedStore, streamId: string): EventSource =>
  async function* ({ direction, from, limit }) {
    const last = await store.readLast(streamId);
    if (last === null) return;
    const count = last.revision + 1;
    if (direction === 'forwards') {
      const first = from === null ? 0 : await firstBeyond(store, streamId, count, from);
      if (first < count) yield* take(store.readStream(streamId, first), limit);
      return;
    }
    const end = from === null ? count : await firstBeyond(store, streamId, count, from - 1n);
    for (let to = end; to > 0 && end - to < limit; to -= backwardsAtOnce) {
      const begin = Math.max(0, to - backwardsAtOnce);
      const piece: RecordedEvent[] = [];
      for await (const event of store.readStream(streamId, begin)) {
        if (event.revision >= to) break;
        piece.push(event);
        if (event.revision === to - 1) break;
      }
      yield* piece.reverse().slice(0, limit - (end - to));
    }
  };

/** The first revision that lies beyond a position: in a stream both grow together. */
async function firstBeyond(
  store: AuditedStore,
  streamId: string,
  count: number,
  position: bigint,
): Promise<number> {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    const event = await firstOf(store.readStream(streamId, middle));
    if (event === null || event.position > position) high = middle;
    else low = middle + 1;
  }
  return low;
}

async function firstOf(events: AsyncIterable<RecordedEvent>): Promise<RecordedEvent | null> {
  for await (const event of events) return event;
  return null;
}

async function* take(
  events: AsyncIterable<RecordedEvent>,
  limit: number,
): AsyncGenerator<RecordedEvent> {
  let left = limit;
  for await (const event of events) {
    yield event;
    left -= 1;
    if (left === 0) return;
  }
}
