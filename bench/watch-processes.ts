import { pids, readOf, statOf } from './processes.ts';

const lookMs = 100;

export interface Usage {
  /** Most memory at one time in MB, without what is shared: PostgreSQL's processes would count it many times. */
  readonly memoryMb: number;
  /** CPU time while they were watched, as far as it was seen before they ended. */
  readonly cpuMs: number;
}

/** Watches the processes whose command line has `text` in it, those that end meanwhile too. */
export function watchProcesses(text: string): { stop(): Usage } {
  const first = new Map<string, number>();
  const last = new Map<string, number>();
  const startedAt = Date.now();
  let peak = 0;
  const watch = setInterval(async () => {
    const seen = (await Promise.all((await pids()).map((pid) => usageOf(pid, text)))).filter(
      (usage) => usage !== null,
    );
    peak = Math.max(
      peak,
      seen.reduce((sum, { memory }) => sum + memory, 0),
    );
    for (const { pid, cpuMs } of seen) {
      // One that is there from the beginning has a past that is not ours.
      const isOld = Date.now() - startedAt < 3 * lookMs;
      if (!first.has(pid)) first.set(pid, isOld ? cpuMs : 0);
      last.set(pid, cpuMs);
    }
  }, lookMs);
  return {
    stop: () => {
      clearInterval(watch);
      const own = [...last].map(([pid, cpuMs]) => cpuMs - (first.get(pid) ?? 0));
      return { memoryMb: peak / 1024, cpuMs: own.reduce((sum, each) => sum + each, 0) };
    },
  };
}

async function usageOf(pid: string, text: string) {
  if (!(await readOf(pid, 'cmdline')).replaceAll('\0', ' ').includes(text)) return null;
  const stat = await statOf(pid);
  if (stat === null) return null;
  const memory = Number(/^RssAnon:\s+(\d+)/m.exec(await readOf(pid, 'status'))?.[1] ?? 0);
  return { pid, memory, cpuMs: stat.ms };
}
