import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { AppendStreams } from './esdb-append-streams.ts';
import { EventStoreDBClient } from './esdb-client.ts';
import { isConnectionLost } from './esdb-errors.ts';
import type { Caller } from './esdb-open-client.ts';
import { StoreUnavailableError } from './event-store.ts';

/** One client and everything that was begun with it; over when its connection is lost. */
export interface Session extends Caller {
  readonly appends: AppendStreams;
  /** Aborted when the connection is lost or closed. */
  readonly over: AbortSignal;
}

const DISPOSE_MS = 2000;

/** gRPC's status of a call that the server has carried out; others may be the client's own. */
const OK = 0;

/** As long as an open connection may be silent: see `withDefaults`. */
const ANSWER_MS = 15_000;

/**
 * The one client of the process, replaced when it loses its connection.
 *
 * When the client reconnects by itself, calls of the old connection may live on beside the new one,
 * and not all who wait on them are told. So a lost connection ends as a whole, and nothing begins
 * before the end of the old one.
 *
 * So does one that answers no call: until the server has greeted it the client sends no keepalive, and
 * would wait for ever on a connection that was half open when it was made.
 */
export class EsdbConnection {
  readonly #url: string;
  readonly #answerMs: number;
  #session: Session;
  #end: () => void;
  #ready: Promise<void> = Promise.resolve();
  #closed = false;
  #begun = 0;

  constructor(url: string, answerMs = ANSWER_MS) {
    this.#url = url;
    this.#answerMs = answerMs;
    [this.#session, this.#end] = this.#begin();
  }

  /** @throws StoreUnavailableError after `close`. */
  async session(): Promise<Session> {
    await this.#ready;
    if (this.#closed) throw new StoreUnavailableError('The event store connection is closed.');
    return this.#session;
  }

  /** Reports an error of a call, which may mean the end of the session it was made in. */
  report(session: Session, error: unknown): void {
    if (isConnectionLost(error)) this.#replace(session);
  }

  #replace(session: Session): void {
    if (session !== this.#session || this.#closed) return;
    this.#ready = this.#finish();
    [this.#session, this.#end] = this.#begin();
  }

  #begin(): [Session, () => void] {
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    const caller = {
      client: EventStoreDBClient.connectionString(withDefaults(this.#url, this.#begun++)),
      onOpening: answering(this.#answerMs, controller.signal, () => this.#replace(session)),
    };
    const session: Session = {
      ...caller,
      appends: new AppendStreams(caller),
      over: controller.signal,
    };
    return [session, () => controller.abort()];
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#ready;
    await this.#finish();
  }

  async #finish(): Promise<void> {
    const { client } = this.#session;
    // Ours first: the client cancels its calls without telling those who read from them.
    this.#end();
    const disposed = new AbortController();
    // The client may never answer. This timer keeps the process until then: it would end here, as
    // if all was well, when nothing else is left to wait for.
    const late = sleep(DISPOSE_MS, undefined, { signal: disposed.signal });
    await Promise.allSettled([Promise.race([disposeWhole(client), late])]);
    disposed.abort();
    await late.catch(() => undefined);
  }
}

/** Twice: an append that was about to open its stream while the first ran has opened it by then. */
async function disposeWhole(client: EventStoreDBClient): Promise<void> {
  await client.dispose();
  await nextTurn();
  await client.dispose();
}

/** Calls `onMute` when no call is answered within `limitMs` from one that was begun, unless it is over. */
function answering(limitMs: number, over: AbortSignal, onMute: () => void): Caller['onOpening'] {
  let limit: NodeJS.Timeout | undefined;
  const answered = (): void => {
    clearTimeout(limit);
    limit = undefined;
  };
  over.addEventListener('abort', answered, { once: true });
  return (call) => {
    if (over.aborted) return;
    limit ??= setTimeout(onMute, limitMs).unref();
    call.then(
      (opened) => {
        // What the server sends of each call before anything else; one that has nothing to tell, as a
        // read of an empty log, may have nothing but its end.
        opened.once('metadata', answered);
        opened.once('status', ({ code }: { readonly code: number }) => {
          if (code === OK) answered();
        });
      },
      // Whoever asked is told.
      () => undefined,
    );
  };
}

/**
 * Our settings where the operator's connection string has none of his own: a silent connection is
 * given up after at most 15 s (less than 10 s between pings makes the client print a warning).
 * Those of each connection that is begun differ by a millisecond: gRPC lets clients with the same
 * settings share what they connect with, and would hand a new one what the last one waits for.
 */
function withDefaults(url: string, begun: number): string {
  const settings = {
    connectionName: `imi-${process.pid}-${randomUUID().slice(0, 8)}`,
    keepAliveInterval: 10_000,
    keepAliveTimeout: 5_000 + (begun % 1_000),
  };
  let result = url;
  for (const [key, value] of Object.entries(settings)) {
    if (new RegExp(`[?&]${key}=`, 'i').test(result)) continue;
    result += `${result.includes('?') ? '&' : '?'}${key}=${value}`;
  }
  return result;
}
