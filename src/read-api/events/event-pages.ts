import type { RecordedEvent } from '../../events/event-store.ts';
import type { EventFilter } from './event-filter.ts';
import { matcherOf, oneStream } from './event-filter.ts';
import { type AuditedStore, everything, streamOnly } from './event-sources.ts';

export interface EventPageOptions {
  readonly filter: EventFilter;
  readonly direction: 'forwards' | 'backwards';
  /** The page lies beyond this position; null begins at the beginning, or at the end. */
  readonly from: bigint | null;
  /** The page ends before this position; null has no such end. */
  readonly until?: bigint | null;
  /** Events shown, at most. */
  readonly limit: number;
  /** Events looked at, at most. */
  readonly maxSearched: number;
  /** After this time the search stops where it is. */
  readonly maxMs: number;
}

export interface EventPage {
  readonly events: readonly RecordedEvent[];
  /** Everything up to here was looked at; where the next page goes on. */
  readonly searchedTo: bigint | null;
  /** There was nothing more to look at. */
  readonly exhausted: boolean;
}

/**
 * One page of the public events, straight from the event store: it cannot differ from what was
 * recorded, lags behind nothing, and shows events that no read model could take. The price is that
 * a rare match is searched for; so a page costs no more than `maxSearched` events and `maxMs`, and
 * a search that found nothing by then tells where to go on. A single stream is entered at once.
 * Throws `StoreUnavailableError` when the store is away.
 */
export async function readEventPage(
  store: AuditedStore,
  { filter, direction, from, until = null, limit, maxSearched, maxMs }: EventPageOptions,
): Promise<EventPage> {
  const stream = oneStream(filter);
  const source = stream === null ? everything(store) : streamOnly(store, stream);
  const matches = matcherOf(filter);
  const deadline = performance.now() + maxMs;
  const events: RecordedEvent[] = [];
  let searchedTo = from;
  let searched = 0;
  for await (const event of source({ direction, from, limit: maxSearched })) {
    const { position } = event;
    if (until !== null && (direction === 'forwards' ? position >= until : position <= until)) break;
    searched += 1;
    searchedTo = position;
    if (matches(event)) events.push(event);
    if (events.length === limit || performance.now() > deadline) {
      return { events, searchedTo, exhausted: false };
    }
  }
  return { events, searchedTo, exhausted: searched < maxSearched };
}
