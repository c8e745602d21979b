import { setTimeout as sleep } from 'node:timers/promises';
import type { AppendRequest } from './esdb-append-request.ts';
import type { EsdbConnection } from './esdb-connection.ts';
import { isAway } from './esdb-errors.ts';
import { type AppendResult, StoreUnavailableError } from './event-store.ts';
import { Slots } from './slots.ts';

export interface RetryOptions {
  /** How long one attempt may take; the client itself would wait for ever. */
  readonly attemptMs: number;
  readonly attempts: number;
  /** Pause before the second attempt; doubled for each further one, then halved at random. */
  readonly backoffMs: number;
}

export const DEFAULT_RETRY: RetryOptions = { attemptMs: 5000, attempts: 5, backoffMs: 100 };

/** What their callers have given up counts until it is answered: memory has a bound. */
const APPENDS_AT_ONCE = 256;

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
   * Sends an append until its outcome is known.
   * @throws StoreUnavailableError when all attempts failed ambiguously; other errors as they are.
   */
  async append(request: AppendRequest): Promise<AppendResult> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(request);
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

  async #attempt(request: AppendRequest): Promise<AppendResult> {
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
        this.#slots.run(limit.signal, () => this.#sendOnce(request)),
        timeUp,
      ]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks for the session only now: one from before the wait for a slot may be over. */
  async #sendOnce(request: AppendRequest): Promise<AppendResult> {
    const session = await this.#connection.session();
    try {
      return await session.appends.append(request, this.#retry.attemptMs);
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
