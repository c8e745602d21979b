import { cpus } from 'node:os';
import { type CpuTimes, cpuSince, cpuTimes } from './cpu-times.ts';
import { median } from './stats.ts';

export interface CpuUse {
  /** CPU time of each program in milliseconds for each command; empty where the system does not tell. */
  readonly cpu: CpuTimes;
  /** How busy the whole machine was, 0 to 1. */
  readonly busy: number;
}

/** Begins to count what all programs of the bench use; the answer ends it, for so many commands. */
export async function countCpu(): Promise<(commands: number) => Promise<CpuUse>> {
  const [programs, [busy, idle]] = [await cpuTimes(), machine()];
  return async (commands) => {
    const used = cpuSince(programs, await cpuTimes());
    const [busyNow, idleNow] = machine();
    return {
      cpu: new Map([...used].map(([name, ms]) => [name, ms / commands])),
      busy: (busyNow - busy) / (busyNow - busy + idleNow - idle),
    };
  };
}

/** Milliseconds that all cores were busy and idle. */
function machine(): [number, number] {
  const times = cpus().map((cpu) => cpu.times);
  const busy = times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0);
  return [busy, times.reduce((sum, { idle }) => sum + idle, 0)];
}

/** What several runs used, as a note of the report. */
export function saidOf(runs: readonly CpuUse[]): string {
  const names = [...new Set(runs.flatMap(({ cpu }) => [...cpu.keys()]))];
  const used = names.flatMap((name) => {
    const micros = Math.round(1000 * median(runs.map(({ cpu }) => cpu.get(name) ?? 0)));
    return micros > 0 ? `${name} ${micros}` : [];
  });
  const busy = Math.round(100 * median(runs.map((run) => run.busy)));
  return `CPU in µs for each command: ${used.join(', ')}; machine busy ${busy} %`;
}
