import { publicPrefix } from '../../events/catalogue.ts';
import type { EventStore, RecordedEvent } from '../../events/event-store.ts';

export interface HistoryPage {
  readonly events: readonly RecordedEvent[];
  /** Where the next page begins; null at the end. */
  readonly next: number | null;
}

/** The public events of a stream from a revision on, oldest first. */
export async function readHistory(
  store: Pick<EventStore, 'readStream'>,
  streamId: string,
  fromRevision: number,
  limit: number,
): Promise<HistoryPage> {
  const events: RecordedEvent[] = [];
  for await (const event of store.readStream(streamId, fromRevision)) {
    if (!event.type.startsWith(publicPrefix)) continue;
    if (events.length === limit) return { events, next: event.revision };
    events.push(event);
  }
  return { events, next: null };
}
