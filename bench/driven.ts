import { latency, type Quantity, rate } from './quantity.ts';
import { perSecond } from './stats.ts';

const clients = 50;

export interface Driven {
  readonly perSecond: number;
  readonly latencies: number[];
}

export interface Driving {
  /** Calls a second of all clients together; default: as many as they can, without a pause. */
  readonly offered?: number;
  readonly seconds?: number;
}

/** 50 clients at once. */
export async function driven(
  call: () => Promise<void>,
  { offered, seconds = 6 }: Driving = {},
): Promise<Driven> {
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

export const throughput = (runs: readonly Driven[], unit?: string): Quantity =>
  rate(
    runs.map((run) => run.perSecond),
    unit,
  );

export const latencies = (runs: readonly Driven[], high: 95 | 99 = 99): Quantity[] =>
  latency(
    runs.map((run) => run.latencies),
    high,
  );
