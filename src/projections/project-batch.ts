import type { Kysely } from 'kysely';
import { type Checkpoint, moveCheckpoint } from './checkpoint.ts';
import type { Tables } from './database.ts';
import { isDataRefused } from './database-away.ts';
import { type Folded, Folding } from './folding.ts';
import type { Generation } from './generation.ts';
import { type Batch, refused } from './incoming.ts';
import { type ParkedEvent, parkedAmong, parkings } from './parking.ts';
import { inTransaction } from './transaction.ts';
import { writesOf } from './write-rows.ts';

/**
 * Brings a generation from `from` to the end of the batch: rows, parked events and checkpoint.
 * One transaction, unless the database refuses a row: then halves, so that the event at fault is
 * found and parked alone while all others go on. Answers what was parked.
 * Throws `CheckpointMovedError`, and whatever else is no fault of an event (`isDatabaseAway`, …):
 * then the checkpoint tells how much of the batch was done.
 */
export async function projectBatch(
  generation: Generation,
  from: bigint | null,
  batch: Batch,
): Promise<readonly ParkedEvent[]> {
  try {
    return await projectAtOnce(generation, from, batch);
  } catch (error) {
    const { events } = batch;
    const [only] = events;
    if (!isDataRefused(error) || only === undefined) throw error;
    if (events.length === 1) {
      return projectAtOnce(generation, from, { ...batch, events: [refused(only.recorded, error)] });
    }
    const middle = events.length >> 1;
    const first = events.slice(0, middle);
    const position = first.at(-1)?.recorded.position ?? batch.position;
    return [
      ...(await projectBatch(generation, from, { events: first, position })),
      ...(await projectBatch(generation, position, { ...batch, events: events.slice(middle) })),
    ];
  }
}

const projectAtOnce = (
  generation: Generation,
  from: bigint | null,
  batch: Batch,
): Promise<readonly ParkedEvent[]> =>
  commitBatch(generation, from, batch, (trx) =>
    foldOver({ ...generation, db: trx }, new Folding(), batch),
  );

/** Folds a batch over what is known and what is in the generation. */
export async function foldOver(
  generation: Generation,
  folding: Folding,
  { events }: Batch,
): Promise<Folded> {
  const streams = [...new Set(events.map(({ recorded }) => recorded.streamId))];
  const [parkedStreams] = await Promise.all([
    parkedAmong(generation, streams),
    folding.load(generation, events),
  ]);
  return folding.fold(events, parkedStreams);
}

/**
 * Moves the checkpoint from `from` to the end of the batch and writes what the batch comes to, in
 * one transaction. Answers what was parked; throws as `projectBatch` does, and refused rows too.
 */
export function commitBatch(
  generation: Generation,
  from: bigint | null,
  { events, position }: Batch,
  fold: (trx: Kysely<Tables>) => Promise<Folded>,
): Promise<readonly ParkedEvent[]> {
  const event_position = events.at(-1)?.recorded.position ?? null;
  const to: Checkpoint = { position, event_position };
  const { db, schema } = generation;
  return inTransaction(db, async (trx) => {
    // Given first, and so carried out before anything is read.
    const moved = moveCheckpoint(trx, schema, from, to);
    const [{ parked, changes }] = await Promise.all([
      events.length > 0 ? fold(trx) : nothing,
      moved,
    ]);
    const last = [...writesOf(generation, changes), ...parkings(generation, parked)];
    return { last, result: parked };
  });
}

const nothing: Folded = { parked: [], changes: [] };
