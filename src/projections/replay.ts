import { sql } from 'kysely';
import {
  type EventStore,
  type RecordedEvent,
  StoreUnavailableError,
} from '../events/event-store.ts';
import { lockCheckpoint } from './checkpoint.ts';
import { isDataRefused } from './database-away.ts';
import { Folding } from './folding.ts';
import type { Generation } from './generation.ts';
import { decodeIncoming } from './incoming.ts';
import { parkReason } from './parking.ts';
import { writesOf } from './write-rows.ts';

export interface ReplayOptions extends Generation {
  readonly store: EventStore;
}

export interface ReplayResult {
  readonly replayed: number;
  /** Events still parked; 0 when the stream flows again. */
  readonly remaining: number;
  /** Why the first of them cannot be folded; null when none is left. */
  readonly error: string | null;
}

const chunk = 500;

/**
 * Folds the parked events of a stream in order, reading them again from the event store, until
 * none is left or one fails again. Each step holds the checkpoint still, so that an event which
 * arrives meanwhile is either parked before the step and folded by it, or comes after it.
 * Throws when the store or the database is away; what was replayed by then stays replayed.
 */
export async function replayParked(
  options: ReplayOptions,
  streamId: string,
): Promise<ReplayResult> {
  let replayed = 0;
  for (let size = chunk; ; ) {
    try {
      const step = await replayStep(options, streamId, size);
      replayed += step.replayed;
      if (step.remaining === 0 || step.error !== null) return { ...step, replayed };
    } catch (error) {
      if (!isDataRefused(error)) throw error;
      // The database refuses a row: one at a time, up to the event at fault.
      if (size === 1) return { ...(await keepParked(options, streamId, error)), replayed };
      size = 1;
    }
  }
}

function replayStep(
  { db, schema, store }: ReplayOptions,
  streamId: string,
  size: number,
): Promise<ReplayResult> {
  return db.transaction().execute(async (trx) => {
    await lockCheckpoint(trx, schema);
    const parkedEvents = trx.withSchema(schema).selectFrom('parked_events');
    const references = await parkedEvents
      .select('revision')
      .where('stream_id', '=', streamId)
      .orderBy('revision')
      .limit(size)
      .execute();
    const recorded = await readRevisions(
      store,
      streamId,
      references.map((r) => r.revision),
    );
    const incoming = recorded.map(decodeIncoming);
    const generation = { db: trx, schema };
    const folding = new Folding();
    await folding.load(generation, incoming);
    const { parked, changes } = await folding.fold(incoming, new Set());
    for (const write of writesOf(generation, changes)) await trx.executeQuery(write);
    const [failed] = parked;
    const done = recorded.slice(0, recorded.length - parked.length);
    await trx
      .withSchema(schema)
      .deleteFrom('parked_events')
      .where('stream_id', '=', streamId)
      .where('revision', '<=', done.at(-1)?.revision ?? -1)
      .execute();
    if (failed !== undefined) {
      await trx
        .withSchema(schema)
        .updateTable('parked_events')
        .set({ error: failed.error })
        .where('stream_id', '=', streamId)
        .where('revision', '=', failed.recorded.revision)
        .execute();
    }
    const { remaining } = await parkedEvents
      .select(sql<number>`count(*)::int`.as('remaining'))
      .where('stream_id', '=', streamId)
      .executeTakeFirstOrThrow();
    return { replayed: done.length, remaining, error: failed?.error ?? null };
  });
}

/** The parked events among a stream's, which also holds bookkeeping that is never projected. */
async function readRevisions(
  store: EventStore,
  streamId: string,
  revisions: readonly number[],
): Promise<readonly RecordedEvent[]> {
  const [first] = revisions;
  if (first === undefined) return [];
  const wanted = new Set(revisions);
  const found: RecordedEvent[] = [];
  for await (const event of store.readStream(streamId, first)) {
    if (wanted.has(event.revision)) found.push(event);
    if (found.length === wanted.size) return found;
  }
  throw new StoreUnavailableError(`Events of ${streamId} that were parked are not in the store`);
}

async function keepParked(
  { db, schema }: ReplayOptions,
  streamId: string,
  reason: unknown,
): Promise<Omit<ReplayResult, 'replayed'>> {
  const error = parkReason(reason as Error);
  const rows = await db
    .withSchema(schema)
    .selectFrom('parked_events')
    .select('revision')
    .where('stream_id', '=', streamId)
    .orderBy('revision')
    .execute();
  const [first] = rows;
  if (first !== undefined) {
    await db
      .withSchema(schema)
      .updateTable('parked_events')
      .set({ error })
      .where('stream_id', '=', streamId)
      .where('revision', '=', first.revision)
      .execute();
  }
  return { remaining: rows.length, error };
}
