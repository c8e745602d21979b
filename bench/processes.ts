import { readdir, readFile } from 'node:fs/promises';

// Linux counts in ticks, 100 a second.
const msPerTick = 10;

export interface ProcessStat {
  readonly parent: number;
  readonly name: string;
  /** CPU time so far in milliseconds. */
  readonly ms: number;
}

/** Ids of all processes; none where there is no /proc. */
export const pids = async (): Promise<string[]> =>
  (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));

/** What the system tells of a process in one of its files; empty when it has ended. */
export const readOf = (pid: string | number, file: string): Promise<string> =>
  readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');

/** Null for a process that has ended. */
export async function statOf(pid: string): Promise<ProcessStat | null> {
  const text = await readOf(pid, 'stat');
  if (text === '') return null;
  const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ms = (Number(fields[11]) + Number(fields[12])) * msPerTick;
  return { parent: Number(fields[1]), name, ms };
}
