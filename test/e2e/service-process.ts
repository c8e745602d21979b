import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

/** iMi as a process of its own, to be used over its doors and killed. */
export interface ServiceProcess {
  readonly url: string;
  readonly pid: number | undefined;
  /** The JSON lines it has logged. */
  readonly logged: readonly Record<string, unknown>[];
  /** SIGKILL; returns when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>;
}

const main = ['--import', 'tsx', 'src/main.ts'];
export const demo = ['--import', 'tsx', 'src/demo/demo.ts'];

/** No setting of the machine's, and no `.env` of a developer's, reaches the process. */
const environment = (given: Record<string, string>) => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  NODE_ENV: 'production',
  IMI_PORT: '0',
  ...given,
});

/** Runs a program of iMi's to its end, `src/main.ts` unless told otherwise; answers how it ended. */
export async function runService(
  env: Record<string, string>,
  program = main,
): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const child = spawn(process.execPath, program, {
    env: environment(env),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => end(child, 'SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code, stderr };
}

/** Starts iMi, from `src/` unless told otherwise, on a free port and waits until it is ready. */
export async function startServiceProcess(
  env: Record<string, string>,
  program = main,
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, program, {
    env: environment(env),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Told, not killed: its embedded servers write to their folder until they have ended.
  onTestFinished(() => end(child, 'SIGTERM'));
  const logged: Record<string, unknown>[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`iMi ended with ${code} before it was ready`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const entry = JSON.parse(line);
      logged.push(entry);
      if (entry.msg === 'iMi is ready') resolve(entry.url);
    });
  });
  return {
    url,
    pid: child.pid,
    logged,
    kill: () => end(child, 'SIGKILL'),
    async stop() {
      await end(child, 'SIGTERM');
      return child.exitCode;
    },
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}
