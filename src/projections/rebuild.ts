import { publicPrefix } from '../events/catalogue.ts';
import type { EventStore } from '../events/event-store.ts';
import { type BatchLimits, batchesOf } from './batches.ts';
import { readCheckpoint } from './checkpoint.ts';
import { codeFingerprint } from './code-fingerprint.ts';
import { builderOf, dropGeneration, type Generation, noteBuilder } from './generation.ts';
import { GenerationBuilder } from './generation-builder.ts';
import { type Batch, batchOf, decoded, type Incoming, positionOf } from './incoming.ts';
import { migrateReadModels } from './migrate.ts';
import { postponeIndexes } from './postponed-indexes.ts';
import { fillPostponedRows, postponeRows, withPostponed } from './postponed-rows.ts';

export interface RebuildProgress {
  /** Where this run began; null at the beginning of the log. */
  readonly from: bigint | null;
  readonly position: bigint;
  readonly target: bigint;
  /** Events folded by this run. */
  readonly events: number;
}

export interface RebuildOptions extends Generation {
  /** Schema of the generation to build; never the live one. */
  readonly into: string;
  /** Go on from what an earlier build by the same code has left in `into`, instead of dropping it. */
  readonly resume?: boolean;
  /** What the code that projects is known by; its fingerprint unless given. */
  readonly builder?: string;
  readonly store: EventStore;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: RebuildProgress) => void;
  readonly limits?: BatchLimits;
}

// Full batches: each has a price of its own, and meanwhile the source is decoded.
const defaultLimits: BatchLimits = { maxBatch: 2_500, capacity: 6_000, gatherMs: 300 };

/**
 * Builds a generation beside the one in `schema`, up to the last event that one has projected by
 * then: from nothing, or with `resume` from the checkpoint of a build that was cut short. Nobody
 * reads it, so nothing partial is ever seen; indexes that only readers need come with the swap.
 * Throws when the store or the database is away, or the signal is aborted.
 */
export async function rebuildInto(options: RebuildOptions): Promise<void> {
  const { db, schema, into, resume = false, builder = await codeFingerprint() } = options;
  if (into === schema) throw new Error(`${into} is the generation being read`);
  const building: Generation = { db, schema: into };
  const { event_position: target } = await readCheckpoint({ db, schema });
  if (resume && (await canGoOn(building, builder, options.store))) {
    if (target !== null) await catchUp(options, target);
  } else {
    const made = makeAnew(building, builder);
    if (target !== null) await projectUpTo(target, null, made, options);
    await made;
  }
  if (target !== null) await fillPostponedRows(building);
}

async function makeAnew(building: Generation, builder: string): Promise<Generation> {
  await dropGeneration(building);
  await migrateReadModels(building.db, building.schema);
  await postponeIndexes(building);
  await postponeRows(building);
  // Last: a schema without its note is half made.
  await noteBuilder(building, builder);
  return withPostponed(building);
}

/** Not from rows that other code has made, nor from those of another store's history. */
async function canGoOn(building: Generation, builder: string, store: EventStore): Promise<boolean> {
  if ((await builderOf(building)) !== builder) return false;
  const { event_position: reached } = await readCheckpoint(building);
  const head = await store.head();
  return reached === null || (head !== null && reached <= head);
}

/**
 * Projects into `into` up to the event at `target` and not beyond. An event, not a position: every
 * subscription delivers it, while the checkpoints between events are the server's choice.
 */
export async function catchUp(options: RebuildOptions, target: bigint): Promise<void> {
  const building = await withPostponed({ db: options.db, schema: options.into });
  const { position: from } = await readCheckpoint(building);
  if (from !== null && from >= target) return;
  await projectUpTo(target, from, Promise.resolve(building), options);
}

/** Begins to read, from where the generation stands, while that may still be in the making. */
async function projectUpTo(
  target: bigint,
  from: bigint | null,
  made: Promise<Generation>,
  { store, signal, onProgress, limits = defaultLimits }: RebuildOptions,
): Promise<void> {
  let [taken, events] = [from, 0];
  const onWritten = (batch: Batch): void => {
    events += batch.events.length;
    onProgress?.({ from, position: batch.position, target, events });
  };
  let builder: GenerationBuilder | null = null;
  const finished = new AbortController();
  // Heard of with the first batch, or at the end; until then it is not "unhandled".
  made.catch(() => {});
  try {
    const source = upTo(store, from, target, AbortSignal.any([signal, finished.signal]));
    for await (const messages of batchesOf(source, limits)) {
      signal.throwIfAborted();
      const batch = batchOf(messages, taken);
      if (batch === null) continue;
      builder ??= new GenerationBuilder(await made, from, onWritten);
      await builder.project(batch);
      taken = batch.position;
    }
    signal.throwIfAborted();
    await builder?.finish();
  } finally {
    finished.abort();
    await builder?.stop();
    await made.catch(() => {});
  }
}

async function* upTo(
  store: EventStore,
  after: bigint | null,
  target: bigint,
  signal: AbortSignal,
): AsyncGenerator<readonly Incoming[]> {
  const source = store.subscribeTogether({ after, typePrefixes: [publicPrefix], signal });
  for await (const messages of decoded(source)) {
    const within = messages.filter((message) => positionOf(message) <= target);
    yield within;
    const last = messages.at(-1);
    if (last !== undefined && positionOf(last) >= target) return;
  }
}
