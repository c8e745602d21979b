import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const imi = fileURLToPath(new URL('../../src/cli/imi.ts', import.meta.url));

export interface Surrounding {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `imi` as a process of its own, to be killed in the middle. */
export const startImi = (
  args: readonly string[],
  { env = {}, cwd = process.cwd() }: Surrounding = {},
) => {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [imi, ...args], {
    ...{ cwd, env: { PATH, HOME, ...env } },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => end(child));
  return child;
};

/** Runs `imi` as a process of its own to its end. */
export async function runImi(args: readonly string[], options: Surrounding = {}): Promise<Ended> {
  const child = startImi(args, options);
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    closed(child),
  ]);
  return { code: child.exitCode, stdout, stderr };
}

export interface Following {
  /** The next line it says. */
  line(): Promise<string>;
  /** Ctrl-C; answers the exit code. */
  interrupt(): Promise<number | null>;
}

/** Starts an `imi` that does not end by itself, and waits until it says that it follows. */
export async function followImi(
  args: readonly string[],
  options: Surrounding = {},
): Promise<Following> {
  const child = startImi(args, options);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const [ready] = await once(child.stderr.setEncoding('utf8'), 'data');
  if (!String(ready).startsWith('Following')) throw new Error(String(ready));
  return {
    line: async () => (await lines.next()).value ?? '',
    async interrupt() {
      child.kill('SIGINT');
      await closed(child);
      return child.exitCode;
    },
  };
}

const closed = (child: ChildProcess): Promise<unknown> =>
  child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : once(child, 'close');

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
