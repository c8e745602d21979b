import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStoreDBClient } from './esdb-client.ts';
import { APPEND_STREAM_HOLDS, type EsdbConnection } from './esdb-connection.ts';
import { isAway } from './esdb-errors.ts';
import { StoreUnavailableError } from './event-store.ts';
import { Slots } from './slots.ts';

export interface RetryOptions {
  /** How long one attempt may take; the client itself would wait for ever. */
  readonly attemptMs: number;
  readonly attempts: number;
  /** Pause before the second attempt; doubled for each further one, then halved at random. */
  readonly backoffMs: number;
}

export const DEFAULT_RETRY: RetryOptions = { attemptMs: 5000, attempts: 5, backoffMs: 100 };

/**
 * The client queues its writes when its append stream is full, and what is queued when the
 * connection dies becomes an unhandled rejection, which ends the process. With fewer appends on
 * their way than that stream holds (`APPEND_STREAM_HOLDS`) the queue is never used. An append that
 * its caller has given up still takes room there.
 */
const APPENDS_AT_ONCE = APPEND_STREAM_HOLDS - 1;

/** Sends appends, again and again when their outcome is unknown: same events, same place. */
export class EsdbAppender {
  readonly #connection: EsdbConnection;
  readonly #retry: RetryOptions;
  readonly #slots = new Slots(APPENDS_AT_ONCE);

  constructor(connection: EsdbConnection, retry: RetryOptions) {
    this.#connection = connection;
    this.#retry = retry;
  }

  /**
   * Runs a write until its outcome is known. `send` must be safe to repeat.
   * @throws StoreUnavailableError when all attempts failed ambiguously; other errors as they are.
   */
  async write<T>(send: (client: EventStoreDBClient, deadlineMs: number) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(send);
      } catch (error) {
        if (error instanceof StoreUnavailableError || !isAway(error)) throw error;
        if (attempt >= this.#retry.attempts)
          throw new StoreUnavailableError(
            `No answer from the event store after ${attempt} attempts: ${(error as Error).message}`,
            { cause: error },
          );
        const pause = this.#retry.backoffMs * 2 ** (attempt - 1);
        await sleep(pause * (0.5 + Math.random() / 2));
      }
    }
  }

  async #attempt<T>(send: (client: EventStoreDBClient, deadlineMs: number) => Promise<T>) {
    const { attemptMs } = this.#retry;
    const limit = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        limit.abort(new AttemptTimeout(attemptMs));
        reject(limit.signal.reason);
      }, attemptMs);
    });
    try {
      return await Promise.race([
        this.#slots.run(limit.signal, () => this.#sendOnce(send)),
        timeUp,
      ]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks for the session only now: one from before the wait for a slot may be over. */
  async #sendOnce<T>(send: (client: EventStoreDBClient, deadlineMs: number) => Promise<T>) {
    const session = await this.#connection.session();
    try {
      return await send(session.client, this.#retry.attemptMs);
    } catch (error) {
      this.#connection.report(session, error);
      throw error;
    }
  }
}

class AttemptTimeout extends Error {
  /** The client's name for it, by which it is classified. */
  readonly type = 'timeout';
  constructor(ms: number) {
    super(`no answer within ${ms} ms`);
  }
}
