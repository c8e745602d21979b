import { StreamDeleted } from './errors.ts';
import { decodeMessage } from './record.ts';
import type { Store } from './store.ts';

/** The next piece of a read: events to send, and the position searched up to when that is due. */
export interface Slice {
  readonly ordinals: readonly number[];
  readonly messages: readonly Buffer[];
  readonly checkpoint: number | null;
}

/**
 * A place in `$all` or in a stream that is moved on by whoever reads. There is no queue between the
 * log and a reader: a slow one holds a number, not events, and catching up and live are the same.
 */
export interface Cursor {
  /**
   * The next events, at most `limit`; an empty slice means that there is nothing more for now. Not a
   * promise when memory has them: those who follow the log come here for every write.
   */
  next(limit: number): Slice | Promise<Slice>;
  /** How many events are still to be looked at. */
  remaining(): number;
}

const SLICE_EVENTS = 256;
const SLICE_BYTES = 1024 * 1024;
/** Without a match, a search gives way to other requests after this many events. */
const SEARCH_EVENTS = 10_000;

export interface AllCursorOptions {
  readonly from: number;
  readonly direction: 1 | -1;
  readonly filter: ((ordinal: number) => boolean) | null;
  /** Report the position after this many events considered. */
  readonly checkpointEvery: number | null;
}

/** A cursor over `$all` that starts with ordinal `from`. */
export function allCursor(store: Store, options: AllCursorOptions): Cursor {
  const { direction, filter, checkpointEvery } = options;
  const { index } = store;
  let place = options.from;
  let considered = 0;
  const remaining = () => Math.max(0, direction === 1 ? index.count - place : place + 1);
  const search = (found: Found, limit: number): boolean => {
    for (let searched = 0; searched < SEARCH_EVENTS; searched++) {
      const { ordinals, bytes, checkpoint } = found;
      const enough = ordinals.length >= Math.min(limit, SLICE_EVENTS) || bytes >= SLICE_BYTES;
      if (enough || checkpoint !== null || remaining() === 0) return true;
      if (!filter || filter(place)) {
        ordinals.push(place);
        found.bytes += index.length(place);
      }
      if (checkpointEvery !== null && ++considered >= checkpointEvery) {
        considered = 0;
        found.checkpoint = index.position(place);
      }
      place += direction;
    }
    return false;
  };
  return {
    remaining,
    next(limit) {
      const found: Found = { ordinals: [], bytes: 0, checkpoint: null };
      return search(found, limit) ? sliceOf(store, found) : searchOn(store, found, limit, search);
    },
  };
}

/** What a search has found so far. */
interface Found {
  readonly ordinals: number[];
  bytes: number;
  checkpoint: number | null;
}

async function searchOn(
  store: Store,
  found: Found,
  limit: number,
  search: (found: Found, limit: number) => boolean,
): Promise<Slice> {
  do await new Promise<void>((resolve) => setImmediate(resolve));
  while (!search(found, limit));
  return sliceOf(store, found);
}

function sliceOf(store: Store, { ordinals, checkpoint }: Found): Slice | Promise<Slice> {
  const messages = store.messages(ordinals);
  return messages instanceof Promise
    ? messages.then((read) => ({ ordinals, messages: read, checkpoint }))
    : { ordinals, messages, checkpoint };
}

/**
 * A cursor over a stream that starts at revision `from`, cut by the stream's `$maxCount`, `$tb` and
 * `$maxAge` as they stand at each step.
 * @throws StreamDeleted from `next` when the stream has, or gets, a tombstone.
 */
export function streamCursor(
  store: Store,
  stream: string,
  from: number,
  direction: 1 | -1,
): Cursor {
  let place = from;
  const first = () => {
    const state = store.index.find(stream);
    if (!state) return 0;
    const { maxCount, truncateBefore } = state.visible;
    const kept = maxCount === null ? 0 : state.ordinals.length - maxCount;
    return Math.max(0, kept, truncateBefore);
  };
  const remaining = () => {
    const count = store.index.find(stream)?.ordinals.length ?? 0;
    const low = first();
    return direction === 1
      ? Math.max(0, count - Math.max(place, low))
      : Math.max(0, Math.min(place, count - 1) - low + 1);
  };
  return {
    remaining,
    async next(limit) {
      const state = store.index.find(stream);
      if (state?.visible.tombstoned) throw new StreamDeleted(stream);
      const ordinals: number[] = [];
      if (!state) return { ordinals, messages: [], checkpoint: null };
      place =
        direction === 1 ? Math.max(place, first()) : Math.min(place, state.ordinals.length - 1);
      const maxAge = state.visible.maxAgeMs;
      let bytes = 0;
      while (
        ordinals.length < Math.min(limit, SLICE_EVENTS) &&
        bytes < SLICE_BYTES &&
        remaining() > 0
      ) {
        const ordinal = state.ordinals[place] as number;
        ordinals.push(ordinal);
        bytes += store.index.length(ordinal);
        place += direction;
      }
      const messages = await store.messages(ordinals);
      if (maxAge === null || ordinals.length === 0) return { ordinals, messages, checkpoint: null };
      const oldest = Date.now() - maxAge;
      const young = messages.map((message) => decodeMessage(message).created >= oldest);
      const kept = ordinals.filter((_, i) => young[i]);
      // Nothing young here, but perhaps further on.
      if (kept.length === 0 && remaining() > 0) return this.next(limit);
      return { ordinals: kept, messages: messages.filter((_, i) => young[i]), checkpoint: null };
    },
  };
}
