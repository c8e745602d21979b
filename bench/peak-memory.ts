import { readdir, readFile } from 'node:fs/promises';

const lookMs = 200;

/** Watches the resident memory of the processes whose command line has `text` in it. */
export function watchMemory(text: string): { stop(): number } {
  let peak = 0;
  const watch = setInterval(async () => {
    const sizes = await Promise.all((await pids()).map((pid) => ownMemory(pid, text)));
    peak = Math.max(
      peak,
      sizes.reduce((sum, size) => sum + size, 0),
    );
  }, lookMs);
  return {
    /** Answers the peak in MB. */
    stop: () => {
      clearInterval(watch);
      return peak / 1024;
    },
  };
}

const pids = async (): Promise<string[]> =>
  (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));

/** In kB, without what it shares with others: PostgreSQL's processes would count it many times. */
async function ownMemory(pid: string, text: string): Promise<number> {
  const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  if (!(await read('cmdline')).replaceAll('\0', ' ').includes(text)) return 0;
  return Number(/^RssAnon:\s+(\d+)/m.exec(await read('status'))?.[1] ?? 0);
}
