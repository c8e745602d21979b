import { sizesOfReadModels } from '../growth/sizes.ts';
import { lengthsOfStreams } from '../growth/streams.ts';
import type { Job } from '../job.ts';

/** Whether what iMi does stays as fast while what it knows grows. */
export const growth: Job = async (bench) => {
  await lengthsOfStreams(bench);
  await sizesOfReadModels(bench);
};
