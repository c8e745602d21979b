import { readCheckpoint } from '../projections/checkpoint.ts';
import type { RowDifference } from '../projections/diff-generations.ts';
import { dropGeneration, hasTable } from '../projections/generation.ts';
import { aloneOnGenerations } from '../projections/generation-lock.ts';
import { migrate } from '../projections/migrate.ts';
import { type ParkedStream, parkedStreams } from '../projections/parked-streams.ts';
import { type RebuildOptions, type RebuildProgress, rebuildInto } from '../projections/rebuild.ts';
import { type ReplayResult, replayParked } from '../projections/replay.ts';
import { type ProjectionStatus, ProjectionStatusReader } from '../projections/status.ts';
import { swapGeneration, verifyGeneration } from '../projections/swap-generation.ts';
import { progressOf } from './progress.ts';
import { type Stores, withStores } from './stores.ts';

/** How far the read models are, and which streams are parked. */
export const readStatus = (): Promise<ProjectionStatus & { parked: readonly ParkedStream[] }> =>
  withStores(async (stores) => ({
    ...(await new ProjectionStatusReader(stores).read()),
    parked: await parkedStreams(stores),
  }));

/**
 * Builds the next generation beside the live one, and swaps it in when it is level. Goes on with
 * what an earlier run has left; makes the read models of a database that has none.
 */
export const rebuild = (): Promise<{ position: bigint | null; retired: string }> =>
  withStores((stores) =>
    aloneOnGenerations(stores.db, async () => {
      if (!(await hasTable(stores, 'checkpoint'))) await migrate(stores.db);
      const options = nextOf(stores, 'Rebuilding');
      await rebuildInto(options);
      await swapGeneration(options);
      const { position } = await readCheckpoint(stores);
      return { position, retired: `${stores.schema}_retired` };
    }),
  );

/** Builds the next generation and compares the live one with it; `rebuild` then swaps it in. */
export const rehearse = (): Promise<readonly RowDifference[]> =>
  withStores((stores) =>
    aloneOnGenerations(stores.db, async () => {
      const options = nextOf(stores, 'Building the next read models');
      await rebuildInto(options);
      return verifyGeneration(options);
    }),
  );

/** Builds a generation to compare the live one with, and drops it when that is done. */
export const verify = (): Promise<readonly RowDifference[]> =>
  withStores((stores) =>
    aloneOnGenerations(stores.db, async () => {
      const into = `${stores.schema}_verify`;
      const onProgress = rebuildProgress('Building what to compare with');
      const options = { ...stores, into, resume: true, onProgress };
      await rebuildInto(options);
      const differences = await verifyGeneration(options);
      await dropGeneration({ db: stores.db, schema: into });
      return differences;
    }),
  );

const nextOf = (stores: Stores, what: string): RebuildOptions => ({
  ...stores,
  into: `${stores.schema}_next`,
  resume: true,
  onProgress: rebuildProgress(what),
});

/** Projects the parked events of a stream again. */
export const replay = (stream: string): Promise<ReplayResult> =>
  withStores((stores) => replayParked(stores, stream));

/** The same for every stream that is parked, the longest parked first. */
export const replayAll = (): Promise<readonly (ReplayResult & { stream_id: string })[]> =>
  withStores(async (stores) => {
    const results: (ReplayResult & { stream_id: string })[] = [];
    for (const { stream_id } of await parkedStreams(stores)) {
      stores.signal.throwIfAborted();
      results.push({ stream_id, ...(await replayParked(stores, stream_id)) });
    }
    return results;
  });

function rebuildProgress(what: string): (progress: RebuildProgress) => void {
  const tell = progressOf(what);
  return ({ from, position, target, events }) =>
    tell({
      done: Number(position),
      total: Number(target),
      items: events,
      began: Number(from ?? 0n),
    });
}
