import { cpuSince, cpuTimes } from './cpu-times.ts';
import { type Asked, type Asking, type Requested, requested } from './gets.ts';
import { percentile, type Quantity, rate } from './quantity.ts';
import { median } from './stats.ts';

/** How long each measure asks. */
export const seconds = 4;

export interface Measured extends Requested {
  readonly cpu: ReadonlyMap<string, number>;
}

/** Asks a server, and notes what that cost each program. */
export async function measure(url: string, what: Asking): Promise<Measured> {
  const before = await cpuTimes();
  const result = await requested(url, what);
  const used = cpuSince(before, await cpuTimes());
  const count = result.latencies.length;
  return { ...result, cpu: new Map([...used].map(([name, ms]) => [name, (1000 * ms) / count])) };
}

/** Each client begins elsewhere, so that no two ask the same at once. */
export const asking = (
  connections: number,
  path: (index: number) => string,
  duration = seconds,
): Asking => ({
  ...{ connections, seconds: duration },
  requests: (client) =>
    Array.from(
      { length: 200 },
      (_, index): Asked => ({
        path: `/api/v1${path(client * 41 + index)}`,
      }),
    ),
});

export const speed = (runs: readonly Measured[]): Quantity =>
  rate(
    runs.map((run) => run.perSecond),
    'requests/s',
  );

export const tail = (runs: readonly Measured[], part: 50 | 95 | 99): Quantity =>
  percentile(
    runs.map((run) => run.latencies),
    part,
  );

export const described = (runs: readonly Measured[]): Quantity[] => [
  speed(runs),
  ...([50, 95, 99] as const).map((part) => tail(runs, part)),
];

/** How many requests of all runs were not answered well. */
export const errors = (runs: readonly Measured[]): string =>
  `${runs.reduce((sum, run) => sum + run.errors, 0)} errors`;

export const costs = (runs: readonly Measured[]): string =>
  [...(runs[0]?.cpu.keys() ?? [])]
    .map((name) => [name, median(runs.map((run) => run.cpu.get(name) ?? 0))] as const)
    .filter(([, cost]) => cost >= 1)
    .map(([name, cost]) => `${name} ${Math.round(cost)}`)
    .join(', ');
