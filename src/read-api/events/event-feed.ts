import type { BaseLogger } from 'pino';
import { type RetryDelays, retryDelay } from '../../backoff.ts';
import { publicPrefix } from '../../events/catalogue.ts';
import {
  type EventStore,
  StoreUnavailableError,
  type SubscriptionMessage,
} from '../../events/event-store.ts';
import { Slots } from '../../events/slots.ts';
import { readEventPage } from './event-pages.ts';
import type { AuditedStore } from './event-sources.ts';
import { EventWindow, type WindowLimits } from './event-window.ts';

export interface EventFeedOptions {
  readonly store: AuditedStore & Pick<EventStore, 'head' | 'subscribe'>;
  readonly log: Pick<BaseLogger, 'warn'>;
  readonly window?: WindowLimits;
  readonly delays?: RetryDelays;
}

export interface FollowOptions {
  /** Deliver what comes after this position; from the beginning when null. */
  readonly after: bigint | null;
  /** Ends the iteration without an error. */
  readonly signal: AbortSignal;
}

const defaultWindow: WindowLimits = { events: 1_000, bytes: 8 * 1024 * 1024 };
const defaultDelays: RetryDelays = { firstMs: 200, maxMs: 5_000 };
/** Reads to catch up, at once: a connection to the store carries 100 calls, and not only these. */
const catchingUpAtOnce = 4;
/** Small, because each client that is catching up may hold a page of it. */
const catchUpPage = { limit: 20, maxSearched: 2_000, maxMs: 1_000 };
const beforeEverything = -1n;

/**
 * The live public events for any number of followers, over one subscription to the store, which is
 * opened for the first of them. A follower asks for the next event when it can take one, so there
 * are no queues to grow: it reads from the window that all share or, once the window has moved on
 * without it, from the store at its own pace. While the store is away followers wait, and miss
 * nothing.
 */
export class EventFeed {
  readonly #options: EventFeedOptions;
  readonly #closing = new AbortController();
  readonly #catchingUp = new Slots(catchingUpAtOnce);
  readonly #waiting = new Set<() => void>();
  #window: EventWindow | null = null;
  #running: Promise<void> | null = null;

  constructor(options: EventFeedOptions) {
    this.#options = options;
  }

  /** Where "from now on" begins; null before the first event. Throws when the store is away. */
  async now(): Promise<bigint | null> {
    return positionOf(this.#window?.to ?? (await this.#head()));
  }

  /** Public events after a position, oldest first and each once, and how far it has searched. */
  async *follow({ after, signal }: FollowOptions): AsyncGenerator<SubscriptionMessage> {
    this.#running ??= this.#run();
    const over = AbortSignal.any([signal, this.#closing.signal]);
    let at = after ?? beforeEverything;
    while (!over.aborted) {
      const window = this.#window;
      if (window === null) {
        await this.#woken(over);
      } else if (at < window.from) {
        for await (const message of this.#catchUp(at, window.from, over)) {
          at = message.kind === 'event' ? message.event.position : message.position;
          yield message;
          if (over.aborted) return;
        }
      } else {
        const event = window.next(at);
        if (event !== null) {
          at = event.position;
          yield { kind: 'event', event };
        } else if (window.to > at) {
          at = window.to;
          yield { kind: 'checkpoint', position: at };
        } else {
          await this.#woken(over);
        }
      }
    }
  }

  /** Ends the subscription and every follower. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  /** One piece from the store; when that ends first, everything up to `target` was in it. */
  async *#catchUp(
    at: bigint,
    target: bigint,
    over: AbortSignal,
  ): AsyncGenerator<SubscriptionMessage> {
    const { store, delays = defaultDelays } = this.#options;
    const options = { ...catchUpPage, direction: 'forwards', from: positionOf(at) } as const;
    for (let failures = 0; !over.aborted; ) {
      try {
        const page = await this.#catchingUp.run(over, () =>
          readEventPage(store, { ...options, filter: {} }),
        );
        for (const event of page.events) yield { kind: 'event', event };
        const searched = page.searchedTo ?? at;
        const position = page.exhausted && searched < target ? target : searched;
        yield { kind: 'checkpoint', position };
        return;
      } catch (error) {
        if (over.aborted) return;
        if (!(error instanceof StoreUnavailableError)) throw error;
        failures += 1;
        await retryDelay(failures, delays, over);
      }
    }
  }

  async #run(): Promise<void> {
    const { store, log, window = defaultWindow, delays = defaultDelays } = this.#options;
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted; ) {
      try {
        this.#window ??= new EventWindow(await this.#head(), window);
        this.#wakeAll();
        const after = positionOf(this.#window.to);
        for await (const message of store.subscribe({
          after,
          typePrefixes: [publicPrefix],
          signal,
        })) {
          failures = 0;
          this.#window.add(message);
          this.#wakeAll();
        }
      } catch (err) {
        if (!signal.aborted) log.warn({ err }, 'The live events wait for the event store');
      }
      failures += 1;
      await retryDelay(failures, delays, signal);
    }
  }

  async #head(): Promise<bigint> {
    return (await this.#options.store.head()) ?? beforeEverything;
  }

  #wakeAll(): void {
    for (const wake of this.#waiting) wake();
  }

  #woken(over: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        over.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      over.addEventListener('abort', wake);
      if (over.aborted) wake();
    });
  }
}

const positionOf = (place: bigint): bigint | null => (place === beforeEverything ? null : place);
