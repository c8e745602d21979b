import pg from 'pg';
import { type RetryDelays, retryDelay } from '../backoff.ts';
import { positionChannel, readCheckpoint } from './checkpoint.ts';
import { connectionSettings } from './database.ts';
import type { Generation } from './generation.ts';
import { Sockets } from './sockets.ts';

export interface WaiterOptions extends Generation {
  /**
   * For the connection of its own that listens to commits of other processes. Null for a replica,
   * which passes no notifications on: there the checkpoint alone tells, and is read more often.
   */
  readonly url: string | null;
  /** How often the checkpoint itself is read while somebody waits. */
  readonly pollMs?: number;
}

interface Waiting {
  readonly position: bigint;
  readonly settle: (reached: boolean) => void;
}

// Whoever asks again later, as a policy does, need not hold on for long.
const patienceMs = 5_000;

const reconnectDelays: RetryDelays = { firstMs: 100, maxMs: 5_000 };

/**
 * Read your writes: waits until the read models have reached a position. It is woken by commits in
 * this process (`reached`), and by those of others through LISTEN; both are hints that come soon.
 * The truth is the checkpoint, which is read as long as somebody waits and no hint has come.
 */
export class PositionWaiter {
  readonly #options: WaiterOptions;
  readonly #waiting = new Set<Waiting>();
  readonly #closing = new AbortController();
  readonly #listening: Promise<void>;
  #position: bigint | null = null;
  #poll: NodeJS.Timeout | null = null;

  constructor(options: WaiterOptions) {
    this.#options = options;
    this.#listening = options.url === null ? Promise.resolve() : this.#listen(options.url);
  }

  /** The furthest position known to be in the read models; null while none is known. */
  position(): bigint | null {
    return this.#position;
  }

  /** Whether somebody waits here for rows to come. */
  get isAwaited(): boolean {
    return this.#waiting.size > 0;
  }

  /** Tells of a commit, or a checkpoint that was read. */
  reached(position: bigint): void {
    if (this.#position !== null && position <= this.#position) return;
    this.#position = position;
    for (const waiting of this.#waiting) {
      if (waiting.position <= position) waiting.settle(true);
    }
  }

  /**
   * Answers true as soon as the read models have reached the position, false when they have not
   * within the time limit (or the waiter was closed). Does not throw: while the database is away,
   * nothing is reached.
   */
  waitFor(position: bigint, timeoutMs: number): Promise<boolean> {
    if (this.#position !== null && position <= this.#position) return Promise.resolve(true);
    if (timeoutMs <= 0 || this.#closing.signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const waiting: Waiting = {
        position,
        settle: (reached) => {
          clearTimeout(timer);
          this.#waiting.delete(waiting);
          resolve(reached);
        },
      };
      const timer = setTimeout(() => waiting.settle(false), timeoutMs);
      this.#waiting.add(waiting);
      this.#schedulePoll(0);
    });
  }

  /** Waits like `waitFor` for a while, and throws when the read models do not come that far. */
  async comeTo(position: bigint): Promise<void> {
    if (await this.waitFor(position, patienceMs)) return;
    throw new Error(`The read models have not come to position ${position} yet`);
  }

  /** Answers every wait with false and closes the listening connection. */
  async close(): Promise<void> {
    this.#closing.abort();
    if (this.#poll !== null) clearTimeout(this.#poll);
    for (const waiting of this.#waiting) waiting.settle(false);
    await this.#listening;
  }

  /** The first look is at once: a position reached before this process listened sends no hint. */
  #schedulePoll(delayMs: number): void {
    if (this.#poll !== null || this.#waiting.size === 0 || this.#closing.signal.aborted) return;
    this.#poll = setTimeout(async () => {
      await this.#readCheckpoint();
      this.#poll = null;
      const { url, pollMs = url === null ? 10 : 100 } = this.#options;
      this.#schedulePoll(pollMs);
    }, delayMs);
  }

  async #readCheckpoint(): Promise<void> {
    try {
      const { position } = await readCheckpoint(this.#options);
      if (position !== null) this.reached(position);
    } catch {
      // Away: the next poll asks again, and who waits has a time limit.
    }
  }

  async #listen(url: string): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        await this.#listenOnce(url, () => {
          failures = 0;
        });
      } catch {
        // A hint that is lost costs one poll interval; the connection is tried again below.
      }
      await retryDelay(failures, reconnectDelays, signal);
    }
  }

  /** Ends, or throws, when the connection does. */
  async #listenOnce(url: string, onConnected: () => void): Promise<void> {
    const { schema } = this.#options;
    const { signal } = this.#closing;
    const sockets = new Sockets();
    const client = new pg.Client({
      ...connectionSettings(url, 'imi waiter'),
      stream: sockets.create,
      connectionTimeoutMillis: 5_000,
      query_timeout: 5_000,
    });
    const ended = new Promise<void>((resolve) => {
      client.on('end', resolve);
      client.on('error', () => resolve());
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    client.on('notification', ({ payload }) => {
      if (payload) this.reached(BigInt(payload));
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${client.escapeIdentifier(positionChannel(schema))}`);
      onConnected();
      await this.#readCheckpoint();
      await ended;
    } finally {
      await sockets.closed(client.end());
    }
  }
}
