import { pids, readOf, statOf } from './processes.ts';

/** CPU time in milliseconds by the name of the program. */
export type CpuTimes = ReadonlyMap<string, number>;

/** CPU time of each process so far. */
export type ProcessTimes = ReadonlyMap<string, { readonly name: string; readonly ms: number }>;

/** What this process and all that it has started have used; empty where there is no /proc. */
export async function cpuTimes(): Promise<ProcessTimes> {
  const stats = (await pids()).map(async (pid) => ({ pid: Number(pid), stat: await statOf(pid) }));
  const processes = (await Promise.all(stats)).flatMap(({ pid, stat }) =>
    stat === null ? [] : { pid, ...stat },
  );
  const family = new Set([process.pid]);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const { pid, parent } of processes) if (family.has(parent)) family.add(pid);
  }
  const own = processes.filter(({ pid }) => family.has(pid));
  const named = own.map(async ({ pid, name, ms }) => {
    const program = pid === process.pid ? 'bench' : await nameOf(pid, name);
    return [`${pid} ${program}`, { name: program, ms }] as const;
  });
  return new Map(await Promise.all(named));
}

/** By process, so that one that has ended meanwhile is not taken off what the others used. */
export function cpuSince(before: ProcessTimes, after: ProcessTimes): CpuTimes {
  const times = new Map<string, number>();
  for (const [process, { name, ms }] of after) {
    times.set(name, (times.get(name) ?? 0) + ms - (before.get(process)?.ms ?? 0));
  }
  return times;
}

async function nameOf(pid: number, name: string): Promise<string> {
  if (name.startsWith('beam')) return 'RabbitMQ';
  if (name.startsWith('postgres')) return 'PostgreSQL';
  const command = await readOf(pid, 'cmdline');
  if (command.includes('event-store/serve.js')) return 'event store';
  if (command.includes('bench/peers/')) return 'peer';
  if (command.includes('main.js')) return 'iMi';
  return 'other';
}
