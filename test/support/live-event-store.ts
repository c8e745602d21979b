import {
  type AppendResult,
  type ExpectedRevision,
  type NewEvent,
  StoreUnavailableError,
  type SubscribeOptions,
  type SubscriptionMessage,
} from '../../src/events/event-store.ts';
import { InMemoryEventStore } from './in-memory-event-store.ts';

/** The in-memory store with subscriptions that stay, and faults to provoke. */
export class LiveEventStore extends InMemoryEventStore {
  readonly #wakers = new Set<() => void>();
  #cuts = 0;
  /** Subscriptions deliver nothing while this is set, over a connection that looks healthy. */
  frozen = false;
  /** Set to see which messages a subscription hands out. */
  onDelivery: (message: SubscriptionMessage) => void = () => {};

  override async append(
    streamId: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<AppendResult> {
    const result = await super.append(streamId, expected, events);
    this.wake();
    return result;
  }

  /** Ends every subscription with the error of a store that went away. */
  cut(): void {
    this.#cuts += 1;
    this.wake();
  }

  wake(): void {
    for (const wake of this.#wakers) wake();
  }

  override async *subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionMessage> {
    const { after, typePrefixes, signal } = options;
    const cuts = this.#cuts;
    let next = this.all.findIndex((event) => after === null || event.position > after);
    if (next < 0) next = this.all.length;
    while (!signal.aborted) {
      if (this.#cuts !== cuts) throw new StoreUnavailableError('cut by the test');
      const event = this.frozen ? undefined : this.all[next];
      if (event === undefined) {
        await this.#woken(signal);
        continue;
      }
      next += 1;
      if (!typePrefixes.some((prefix) => event.type.startsWith(prefix))) continue;
      const message = { kind: 'event', event } as const;
      this.onDelivery(message);
      yield message;
    }
  }

  #woken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#wakers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wakers.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
