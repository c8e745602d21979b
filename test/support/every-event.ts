import type { EventStore, RecordedEvent } from '../../src/events/event-store.ts';

/** Everything in `$all` up to now, in its order, from beyond `after`. */
export async function everyEvent(
  store: EventStore,
  after: bigint | null = null,
): Promise<RecordedEvent[]> {
  const end = await store.head();
  const events: RecordedEvent[] = [];
  if (end === null || (after !== null && end <= after)) return events;
  const controller = new AbortController();
  const options = { after, typePrefixes: [''], signal: controller.signal };
  for await (const message of store.subscribe(options)) {
    if (message.kind !== 'event') continue;
    events.push(message.event);
    if (message.event.position >= end) break;
  }
  controller.abort();
  return events;
}
