import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { AppendStream } from './esdb-append-stream.ts';
import { EventStoreDBClient } from './esdb-client.ts';
import { isConnectionLost } from './esdb-errors.ts';
import { StoreUnavailableError } from './event-store.ts';

/** One client and everything that was begun with it; over when its connection is lost. */
export interface Session {
  readonly client: EventStoreDBClient;
  readonly appends: AppendStream;
  /** Aborted when the connection is lost or closed. */
  readonly over: AbortSignal;
}

const DISPOSE_MS = 2000;

/**
 * The one client of the process, replaced when it loses its connection.
 *
 * When the client reconnects by itself, calls of the old connection may live on beside the new one,
 * and not all who wait on them are told. So a lost connection ends as a whole, and nothing begins
 * before the end of the old one.
 */
export class EsdbConnection {
  readonly #url: string;
  #session: Session;
  #end: () => void;
  #ready: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(url: string) {
    this.#url = withDefaults(url);
    [this.#session, this.#end] = newSession(this.#url);
  }

  /** @throws StoreUnavailableError after `close`. */
  async session(): Promise<Session> {
    await this.#ready;
    if (this.#closed) throw new StoreUnavailableError('The event store connection is closed.');
    return this.#session;
  }

  /** Reports an error of a call, which may mean the end of the session it was made in. */
  report(session: Session, error: unknown): void {
    if (session !== this.#session || this.#closed || !isConnectionLost(error)) return;
    this.#ready = this.#finish();
    [this.#session, this.#end] = newSession(this.#url);
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

function newSession(url: string): [Session, () => void] {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const client = EventStoreDBClient.connectionString(url);
  return [
    { client, appends: new AppendStream(client), over: controller.signal },
    () => controller.abort(),
  ];
}

/**
 * Our settings where the operator's connection string has none of his own: a silent connection is
 * given up after at most 15 s (less than 10 s between pings makes the client print a warning).
 */
function withDefaults(url: string): string {
  const settings = {
    connectionName: `imi-${process.pid}-${randomUUID().slice(0, 8)}`,
    keepAliveInterval: 10_000,
    keepAliveTimeout: 5_000,
  };
  let result = url;
  for (const [key, value] of Object.entries(settings)) {
    if (new RegExp(`[?&]${key}=`, 'i').test(result)) continue;
    result += `${result.includes('?') ? '&' : '?'}${key}=${value}`;
  }
  return result;
}
