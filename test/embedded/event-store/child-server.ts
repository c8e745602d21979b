import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export interface ChildServer {
  readonly url: string;
  readonly port: number;
  readonly process: ChildProcess;
  /** Sends a signal and waits for the end; answers the exit code, or null when it was killed. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

const children = new Set<ChildProcess>();

/** Kills whatever a failed test has left. */
export async function killChildren(): Promise<void> {
  for (const child of children) {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}

/**
 * Starts `npm run eventstore` in a process of its own.
 * @param fileLimit largest file it may write, in KiB: a disk that is full.
 * @throws Error with what it wrote to standard error when it ends before it listens.
 */
export async function startChildServer(
  dataDir: string,
  port = 0,
  fileLimit?: number,
): Promise<ChildServer> {
  const command = [process.execPath, '--import', 'tsx', 'src/embedded/event-store/serve.ts'];
  const limited = [
    'bash',
    '-c',
    `trap '' XFSZ; ulimit -f ${fileLimit}; exec "$@"`,
    '-',
    ...command,
  ];
  const [program, ...args] = fileLimit === undefined ? command : limited;
  const child = spawn(program as string, args, {
    cwd: ROOT,
    env: { ...process.env, IMI_DATA_DIR: dataDir, IMI_EVENTSTORE_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const exited = once(child, 'exit').then(([code]) => {
    children.delete(child);
    return code as number | null;
  });
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  const listening = once(createInterface(child.stdout), 'line').then(([line]) => String(line));
  const first = await Promise.race([listening, once(child, 'close').then(() => null)]);
  const url = first?.match(/esdb:\/\/\S+/)?.[0];
  if (!url) throw new Error(`exit code ${await exited}: ${complaint}`);
  return {
    url,
    port: Number(url.match(/:(\d+)\?/)?.[1]),
    process: child,
    end: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
}
