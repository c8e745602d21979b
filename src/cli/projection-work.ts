import { readCheckpoint } from '../projections/checkpoint.ts';
import type { RowDifference } from '../projections/diff-generations.ts';
import { dropGeneration } from '../projections/generation.ts';
import { aloneOnGenerations } from '../projections/generation-lock.ts';
import { type ParkedStream, parkedStreams } from '../projections/parked-streams.ts';
import { type RebuildProgress, rebuildInto } from '../projections/rebuild.ts';
import { type ReplayResult, replayParked } from '../projections/replay.ts';
import { type ProjectionStatus, ProjectionStatusReader } from '../projections/status.ts';
import { swapGeneration, verifyGeneration } from '../projections/swap-generation.ts';
import { progressOf } from './progress.ts';
import { withStores } from './stores.ts';

/** How far the read models are, and which streams are parked. */
export const readStatus = (): Promise<ProjectionStatus & { parked: readonly ParkedStream[] }> =>
  withStores(async (stores) => ({
    ...(await new ProjectionStatusReader(stores).read()),
    parked: await parkedStreams(stores),
  }));

/** Builds the next generation beside the live one, and swaps it in when it is level. */
export const rebuild = (): Promise<{ position: bigint | null; retired: string }> =>
  withStores((stores) =>
    aloneOnGenerations(stores.db, async () => {
      const onProgress = rebuildProgress('Rebuilding');
      const options = { ...stores, into: `${stores.schema}_next`, onProgress };
      await rebuildInto(options);
      await swapGeneration(options);
      const { position } = await readCheckpoint(stores);
      return { position, retired: `${stores.schema}_retired` };
    }),
  );

/** Builds a generation to compare the live one with, and drops it again. */
export const verify = (): Promise<readonly RowDifference[]> =>
  withStores((stores) =>
    aloneOnGenerations(stores.db, async () => {
      const onProgress = rebuildProgress('Building what to compare with');
      const options = { ...stores, into: `${stores.schema}_verify`, onProgress };
      try {
        await rebuildInto(options);
        return await verifyGeneration(options);
      } finally {
        await dropGeneration({ db: stores.db, schema: options.into });
      }
    }),
  );

/** Projects the parked events of a stream again. */
export const replay = (stream: string): Promise<ReplayResult> =>
  withStores((stores) => replayParked(stores, stream));

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
