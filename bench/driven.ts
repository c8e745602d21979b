import { type Latency, latencyOf, median, perSecond } from './stats.ts';

const clients = 50;
const seconds = 6;

export interface Driven {
  readonly perSecond: number;
  readonly latencies: number[];
}

/** 50 clients at once, each without a pause, or all together `offered` times a second. */
export async function driven(call: () => Promise<void>, offered?: number): Promise<Driven> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  const interval = offered === undefined ? 0 : (clients * 1000) / offered;
  const client = async (index: number) => {
    let dueAt = startedAt + (index / clients) * interval;
    while (performance.now() < startedAt + seconds * 1000) {
      const wait = dueAt - performance.now();
      if (interval > 0 && wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      const from = interval > 0 ? dueAt : performance.now();
      await call();
      latencies.push(performance.now() - from);
      dueAt += interval;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  return { perSecond: perSecond(latencies.length, performance.now() - startedAt), latencies };
}

export const summary = (runs: readonly Driven[]): Latency & { readonly perSecond: number } => ({
  perSecond: median(runs.map((run) => run.perSecond)),
  ...latencyOf(runs.map((run) => run.latencies)),
});
