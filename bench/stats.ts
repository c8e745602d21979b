/** The value below which `share` of the sorted values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The middle value; of an even number of them the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/** One measure taken several times. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export const spreadOf = (values: readonly number[]): Spread => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
});

/** The same share of the values of each run. */
export const percentiles = (runs: readonly (readonly number[])[], share: number): Spread =>
  spreadOf(runs.map((run) => percentile(run, share)));

export const perSecond = (count: number, ms: number): number => (count * 1000) / ms;

/** Runs `work` several times, one after the other. */
export async function repeated<T>(times: number, work: (run: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let run = 0; run < times; run += 1) results.push(await work(run));
  return results;
}

/** Waits until `done` answers true, looking every few milliseconds; answers the time it was seen. */
export async function until(
  done: () => boolean | Promise<boolean>,
  what: string,
  limitMs = 120_000,
): Promise<number> {
  const deadline = performance.now() + limitMs;
  while (!(await done())) {
    if (performance.now() > deadline) throw new Error(`${what} did not happen in ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now();
}
