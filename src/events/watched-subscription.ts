import {
  type EventStore,
  type RecordedEvent,
  StoreUnavailableError,
  type SubscribeOptions,
  type SubscriptionMessage,
} from './event-store.ts';

/** Silence after which the source is looked at, and then again. */
export const defaultSilenceMs = 10_000;

/** Events looked at in one go: more than lie between two checkpoints of a subscription. */
const searchedAtOnce = 1_000;

/**
 * A subscription that ends with `StoreUnavailableError` when it stands still while its source moves
 * on. The connection may be in the best of health then, and the keepalive says nothing of one call
 * among many: only what others wrote meanwhile tells a subscription that has been forgotten from one
 * that has nothing to say. It is given up when, for a second silence, it has not brought an event
 * that a read has found. A consumer that takes its time is not counted as silence.
 */
export async function* watchedSubscription(
  store: Pick<EventStore, 'head' | 'readAll'>,
  options: SubscribeOptions,
  subscribe: (options: SubscribeOptions) => AsyncIterable<readonly SubscriptionMessage[]>,
  silenceMs: number,
): AsyncGenerator<readonly SubscriptionMessage[]> {
  const forgotten = new AbortController();
  const source = new Source(store, options);
  let waitingSince: number | null = performance.now();
  let looking = false;
  const look = async (): Promise<void> => {
    const since = waitingSince;
    if (looking || since === null || performance.now() - since < silenceMs) return;
    looking = true;
    try {
      if ((await source.isOverdue()) && waitingSince === since) forgotten.abort(standsStill());
    } catch (error) {
      // Of a store that is away the subscription hears by itself.
      if (!(error instanceof StoreUnavailableError)) forgotten.abort(error);
    }
    looking = false;
  };
  const watch = setInterval(look, silenceMs);
  try {
    const signal = AbortSignal.any([options.signal, forgotten.signal]);
    for await (const messages of subscribe({ ...options, signal })) {
      waitingSince = null;
      const last = messages.at(-1);
      if (last) source.reached(last.kind === 'event' ? last.event.position : last.position);
      yield messages;
      waitingSince = performance.now();
    }
  } finally {
    clearInterval(watch);
  }
  if (!options.signal.aborted) forgotten.signal.throwIfAborted();
}

const standsStill = (): Error =>
  new StoreUnavailableError('The subscription stands still while the event store moves on.');

/** What a subscription should have brought. */
class Source {
  readonly #store: Pick<EventStore, 'head' | 'readAll'>;
  readonly #typePrefixes: readonly string[];
  /** Up to here there is nothing that it owes. */
  #clearTo: bigint | null;
  #owed: bigint | null = null;

  constructor(
    store: Pick<EventStore, 'head' | 'readAll'>,
    { after, typePrefixes }: SubscribeOptions,
  ) {
    this.#store = store;
    this.#typePrefixes = typePrefixes;
    this.#clearTo = after;
  }

  reached(position: bigint): void {
    if (this.#clearTo === null || position > this.#clearTo) this.#clearTo = position;
    if (this.#owed !== null && position >= this.#owed) this.#owed = null;
  }

  /** Whether what was found missing the last time still is; finds out for the next time, if not. */
  async isOverdue(): Promise<boolean> {
    if (this.#owed !== null) return true;
    this.#owed = await this.#firstOwed();
    return false;
  }

  async #firstOwed(): Promise<bigint | null> {
    const from = this.#clearTo;
    const head = await this.#store.head();
    if (head === null || (from !== null && head <= from)) return null;
    const read = { direction: 'forwards', from, limit: searchedAtOnce } as const;
    for await (const event of this.#store.readAll(read)) {
      if (this.#isOwn(event)) return event.position;
      this.reached(event.position);
    }
    return null;
  }

  #isOwn({ type }: RecordedEvent): boolean {
    return this.#typePrefixes.some((prefix) => type.startsWith(prefix));
  }
}
