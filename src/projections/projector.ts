import type { BaseLogger } from 'pino';
import { type RetryDelays, retryDelay } from '../backoff.ts';
import { publicPrefix } from '../events/catalogue.ts';
import {
  type EventStore,
  type RecordedEvent,
  StoreUnavailableError,
} from '../events/event-store.ts';
import { LateError, withinOnceAborted } from '../within.ts';
import { type BatchLimits, batchesOf } from './batches.ts';
import { CheckpointMovedError, readCheckpoint } from './checkpoint.ts';
import { isDatabaseAway } from './database-away.ts';
import type { Generation } from './generation.ts';
import { batchOf, decoded } from './incoming.ts';
import { queuedBehind } from './parking.ts';
import { projectBatch } from './project-batch.ts';

export interface ProjectorOptions extends Generation {
  readonly store: EventStore;
  readonly log: Pick<BaseLogger, 'info' | 'warn' | 'error'>;
  /** Ends the projector, after the transaction it is in if that comes to its end soon. */
  readonly signal: AbortSignal;
  /** Hears of each position that is committed, the one found at the start included. */
  readonly onPosition?: (position: bigint) => void;
  /** Hears of the events of each batch once their rows are there, and how long the batch took. */
  readonly onProjected?: (events: readonly RecordedEvent[], seconds: number) => void;
  /** Whether somebody waits for rows to come: then nothing is gathered before it is written. */
  readonly isAwaited?: () => boolean;
  readonly limits?: BatchLimits;
  readonly delays?: RetryDelays;
}

// What a transaction costs PostgreSQL is shared by all events of its batch.
const defaultLimits: BatchLimits = {
  maxBatch: 4_000,
  capacity: 6_000,
  gatherMs: 10,
};
const defaultDelays: RetryDelays = { firstMs: 100, maxMs: 5_000 };

// A lead is lost with the way to the database, and with it the answer of the batch in hand: who
// waited for its time limit would not lead again for half a minute. Whatever becomes of the batch,
// the compare-and-set of the checkpoint lets it commit once at most.
const lastBatchMs = 2_000;

/**
 * Keeps one generation of the read models up with the event store until the signal is aborted:
 * folds each batch of the subscription and moves the checkpoint in one transaction. When the store
 * or the database is away it subscribes again from the last committed position; so it does after
 * any other failure, and says so louder. Throws only `CheckpointMovedError`: another projector
 * leads, or the generation was replaced; who wants to go on has to win the lead again.
 */
export async function runProjector(options: ProjectorOptions): Promise<void> {
  const { log, signal, delays = defaultDelays } = options;
  let failures = 0;
  while (!signal.aborted) {
    try {
      await follow(options, () => {
        failures = 0;
      });
      if (!signal.aborted) throw new StoreUnavailableError('The subscription ended by itself');
    } catch (error) {
      if (error instanceof CheckpointMovedError) throw error;
      failures += 1;
      const away =
        error instanceof StoreUnavailableError ||
        error instanceof LateError ||
        isDatabaseAway(error);
      log[away ? 'warn' : 'error']({ err: error, failures }, 'projector stopped; trying again');
      await retryDelay(failures, delays, signal);
    }
  }
}

/** One subscription, from the committed checkpoint to the subscription's end. */
async function follow(options: ProjectorOptions, onProgress: () => void): Promise<void> {
  const { store, log, signal, onPosition, onProjected, isAwaited } = options;
  const batching = { ...(options.limits ?? defaultLimits), isAwaited };
  // The end of this attempt, however it ends, has to end its subscription too.
  const attempt = new AbortController();
  try {
    let { position } = await readCheckpoint(options);
    if (position !== null) onPosition?.(position);
    const messages = store.subscribeTogether({
      after: position,
      typePrefixes: [publicPrefix],
      signal: AbortSignal.any([signal, attempt.signal]),
    });
    for await (const incoming of batchesOf(decoded(messages), batching)) {
      if (signal.aborted) return;
      const batch = batchOf(incoming, position);
      if (batch === null) continue;
      const start = performance.now();
      const projecting = projectBatch(options, position, batch);
      const parked = await withinOnceAborted(signal, lastBatchMs, projecting);
      position = batch.position;
      onProgress();
      onPosition?.(position);
      const recorded = batch.events.map((event) => event.recorded);
      onProjected?.(recorded, (performance.now() - start) / 1000);
      for (const { recorded, error } of parked) {
        if (error === queuedBehind) continue;
        const { streamId, revision, type } = recorded;
        log.error({ streamId, revision, type, reason: error }, 'event parked');
      }
    }
  } finally {
    attempt.abort();
  }
}
