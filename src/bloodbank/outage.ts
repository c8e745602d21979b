import { Backoff, type RetryDelays } from '../backoff.ts';

/**
 * A time in which the event store is away. One message is tried again with growing waits; all the
 * others wait for it, so that a store that comes back is not met by a crowd.
 */
export class Outage {
  readonly #backoff: Backoff;
  readonly #over = Promise.withResolvers<void>();

  constructor(options: RetryDelays) {
    this.#backoff = new Backoff(options);
  }

  /** For the message that tries: the wait before it does so again. */
  beforeProbe(signal: AbortSignal): Promise<void> {
    return this.#backoff.wait(signal);
  }

  /** For the others: returns when the outage is over. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  end(): void {
    this.#over.resolve();
  }
}
