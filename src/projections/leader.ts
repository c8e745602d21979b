import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { BaseLogger } from 'pino';
import { type RetryDelays, retryDelay } from '../backoff.ts';
import { StoreUnavailableError } from '../events/event-store.ts';
import { connectionSettings } from './database.ts';
import { isDatabaseAway } from './database-away.ts';
import { Sockets } from './sockets.ts';

export interface LeaderOptions {
  readonly log: Pick<BaseLogger, 'info' | 'warn' | 'error'>;
  /** Ends the candidacy, or the task and then the lead. */
  readonly signal: AbortSignal;
  /** How often a standby asks for the lock, and a leader whether it still has it. */
  readonly checkMs?: number;
  readonly delays?: RetryDelays;
  /** Hears when this process begins and ceases to lead. */
  readonly onChange?: (leading: boolean) => void;
}

const defaultDelays: RetryDelays = { firstMs: 200, maxMs: 5_000 };

/**
 * Runs `task` while this process leads under `name`: of all processes that call this with the same
 * database and name, one at a time. The lead is an advisory lock on a connection of its own; the
 * others wait. When that connection is lost the task's signal is aborted, and the process competes
 * again after the task has ended; so it does when the task ends or throws.
 *
 * A leader that is cut off learns of it later than its successor does, so for a moment two tasks
 * may run: what they write needs a compare-and-set of its own.
 *
 * Returns when `signal` is aborted and the task has ended; does not throw.
 */
export async function runAsLeader(
  url: string,
  name: string,
  task: (signal: AbortSignal) => Promise<void>,
  options: LeaderOptions,
): Promise<void> {
  const { log, signal, delays = defaultDelays } = options;
  let failures = 0;
  while (!signal.aborted) {
    let leadingSince: number | null = null;
    try {
      await leadOnce(url, name, task, options, () => {
        leadingSince = performance.now();
      });
    } catch (error) {
      if (signal.aborted) return;
      if (isAway(error)) log.warn({ reason: reasonOf(error as Error), name }, 'lost the lead');
      else log.error({ err: error, name }, 'lost the lead');
    }
    // A task that fails as soon as it leads has to wait longer each time, like one that cannot lead.
    failures = hasLasted(leadingSince, delays) ? 1 : failures + 1;
    await retryDelay(failures, delays, signal);
  }
}

/** A store that is away is no fault of the task's, and says all in its message. */
const isAway = (error: unknown): boolean =>
  error instanceof StoreUnavailableError || isDatabaseAway(error);

const reasonOf = ({ message, code }: Error & { code?: unknown }): string =>
  message || String(code ?? 'unknown');

const hasLasted = (since: number | null, { maxMs }: RetryDelays): boolean =>
  since !== null && performance.now() - since > maxMs;

/** One connection: wait for the lock, run the task, let go. */
async function leadOnce(
  url: string,
  name: string,
  task: (signal: AbortSignal) => Promise<void>,
  { log, signal, checkMs = 1_000, onChange }: LeaderOptions,
  onLead: () => void,
): Promise<void> {
  const sockets = new Sockets();
  const client = new pg.Client({
    ...connectionSettings(url, `imi leader ${name}`),
    stream: sockets.create,
    connectionTimeoutMillis: 5_000,
    // Of a lock nobody answers for: a frozen server or a half-open connection counts as lost.
    query_timeout: 5_000,
  });
  const lost = new AbortController();
  client.on('error', (error) => lost.abort(error));
  client.on('end', () => lost.abort(new Error('Connection terminated')));
  try {
    await client.connect();
    const over = AbortSignal.any([signal, lost.signal]);
    if (!(await winLock(client, name, checkMs, over))) return;
    onLead();
    log.info({ name }, 'leading');
    onChange?.(true);
    const watch = new AbortController();
    const watching = watchLock(client, checkMs, watch.signal, lost);
    try {
      await task(over);
    } finally {
      onChange?.(false);
      watch.abort();
      await watching;
    }
    if (lost.signal.aborted && !signal.aborted) throw lost.signal.reason;
  } finally {
    // Closing the connection is what frees the lock. A server that does not answer is not waited for.
    await sockets.closed(client.end());
  }
}

/** Asks again and again, instead of waiting in the server: a wait cannot tell a dead connection. */
async function winLock(
  client: pg.Client,
  name: string,
  checkMs: number,
  over: AbortSignal,
): Promise<boolean> {
  while (!over.aborted) {
    const { rows } = await client.query<{ won: boolean }>(
      "SELECT pg_try_advisory_lock(hashtext('imi'), hashtext($1)) AS won",
      [name],
    );
    if (rows[0]?.won) return true;
    await delay(checkMs, undefined, { signal: over }).catch(() => undefined);
  }
  return false;
}

/** The connection dying is the only way to lose the lock, and only its use shows that it has died. */
async function watchLock(
  client: pg.Client,
  checkMs: number,
  ended: AbortSignal,
  lost: AbortController,
): Promise<void> {
  while (!ended.aborted && !lost.signal.aborted) {
    try {
      await client.query('SELECT 1');
    } catch (error) {
      lost.abort(error);
    }
    await delay(checkMs, undefined, { signal: ended }).catch(() => undefined);
  }
}
