import { cpuSince, cpuTimes } from './cpu-times.ts';
import { type Asked, type Asking, type Requested, requested } from './gets.ts';
import { type Quantity, rate } from './quantity.ts';
import { median, percentiles } from './stats.ts';

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

/** Milliseconds within which so much of the requests were answered. */
export const tail = (runs: readonly Measured[], part: number): Quantity => ({
  value: percentiles(
    runs.map((run) => run.latencies),
    part / 100,
  ),
  unit: 'ms',
  label: `p${part}`,
});

export const described = (runs: readonly Measured[]): Quantity[] => [
  speed(runs),
  ...[50, 95, 99].map((part) => tail(runs, part)),
];

/** How many requests of all runs came to nothing, to be added to what was measured; empty for none. */
export function failed(runs: readonly Measured[]): string {
  const errors = runs.reduce((sum, run) => sum + run.errors, 0);
  return errors === 0 ? '' : `, ${errors} errors`;
}

export const costs = (runs: readonly Measured[]): string =>
  [...(runs[0]?.cpu.keys() ?? [])]
    .map((name) => [name, median(runs.map((run) => run.cpu.get(name) ?? 0))] as const)
    .filter(([, cost]) => cost >= 1)
    .map(([name, cost]) => `${name} ${Math.round(cost)}`)
    .join(', ');
