import { cpuSince, cpuTimes } from './cpu-times.ts';
import { type Asked, type Asking, type Requested, requested } from './gets.ts';
import { milliseconds, rate } from './report.ts';
import { median, percentile } from './stats.ts';

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

export const speed = (runs: readonly Measured[]) => median(runs.map((run) => run.perSecond));
export const tail = (runs: readonly Measured[], part: number) =>
  median(runs.map((run) => percentile(run.latencies, part)));

export function described(runs: readonly Measured[]): string {
  const errors = runs.reduce((sum, run) => sum + run.errors, 0);
  const times = [0.5, 0.95, 0.99].map((part) => `p${part * 100} ${milliseconds(tail(runs, part))}`);
  return `${rate(speed(runs), 'requests/s')}, ${times.join(', ')}, ${errors} errors`;
}

export const costs = (runs: readonly Measured[]): string =>
  [...(runs[0]?.cpu.keys() ?? [])]
    .map((name) => [name, median(runs.map((run) => run.cpu.get(name) ?? 0))] as const)
    .filter(([, cost]) => cost >= 1)
    .map(([name, cost]) => `${name} ${Math.round(cost)}`)
    .join(', ');
