import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import type { StoreVictim } from './victim.ts';

/** Real PostgreSQL that waits for its disk, its data under `folder`. */
export async function startPostgresVictim(folder: string): Promise<StoreVictim> {
  const dataDir = join(folder, 'postgres');
  let server: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir });
  const portOf = () => Number(new URL(server.url).port);
  const signal = (name: NodeJS.Signals) => signalTree(dataDir, name);
  const kill = async () => {
    await signal('SIGKILL');
    await server.exited;
  };
  return {
    name: 'PostgreSQL',
    get port() {
      return portOf();
    },
    get url() {
      return server.url;
    },
    async start() {
      server = await startEmbeddedPostgres({ dataDir, port: portOf() });
    },
    kill,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async close() {
      await signal('SIGCONT');
      await server.close();
    },
  };
}

/** The postmaster first, so that it cannot start others while they are looked for. */
async function signalTree(dataDir: string, name: NodeJS.Signals): Promise<void> {
  const pidFile = await readFile(join(dataDir, 'cluster', 'postmaster.pid'), 'utf8');
  const postmaster = Number.parseInt(pidFile, 10);
  const children = await childrenOf(postmaster);
  send(postmaster, name);
  for (const pid of new Set([...children, ...(await childrenOf(postmaster))])) send(pid, name);
}

async function childrenOf(parent: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, ppid]) => ppid === parent)
    .map(([pid = 0]) => pid);
}

function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // A backend may end by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
