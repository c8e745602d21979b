import { chown, cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { onTestFinished } from 'vitest';
import { freePort } from '../../src/embedded/free-port.ts';
import { type GuardedProcess, startGuardedProcess } from '../../src/embedded/guarded-process.ts';
import { postgresAccount } from '../../src/embedded/postgres-account.ts';
import { postgresBinaries } from '../../src/embedded/postgres-binaries.ts';
import { ensureCluster, POSTGRES_USER, pathSeenBy } from '../../src/embedded/postgres-cluster.ts';
import { testFolder } from './test-folder.ts';

export interface ReplicatedPostgres {
  readonly primary: string;
  /** Streams from the primary; takes reads only. */
  readonly replica: string;
  /** Keeps the replica as it is; it goes on receiving. */
  pauseReplay(): Promise<void>;
  resumeReplay(): Promise<void>;
}

/** A primary and a streaming replica of a test's own; they end with it. */
export async function replicatedPostgres(): Promise<ReplicatedPostgres> {
  const base = await testFolder('replicated');
  const account = await postgresAccount(base);
  if (account !== undefined) await chown(base, account.uid, account.gid);
  const binaries = await postgresBinaries(account !== undefined);
  const running: GuardedProcess[] = [];
  onTestFinished(async () => {
    for (const server of running) server.signal('SIGINT');
    await Promise.all(running.map((server) => server.exited));
    await rm(base, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  });

  const { folder, password } = await ensureCluster({
    ...{ dataDir: base, binaries, account, durable: false },
  });
  const start = async (dataDir: string, port: number, more: Record<string, string> = {}) => {
    const settings = {
      ...{ listen_addresses: '127.0.0.1', port, unix_socket_directories: '' },
      ...{ wal_level: 'replica', fsync: 'off', timezone: 'UTC' },
      ...{ shared_buffers: '32MB', ...more },
    };
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    const server = await startGuardedProcess({
      command: binaries.postgres,
      args: [
        ...['-D', pathSeenBy(account, dataDir)],
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      ...{ stopSignal: 'INT', cwd: dataDir, env: { PATH: process.env.PATH, LC_ALL: 'C' } },
      ...account,
      onLine: (line) => {
        if (line.includes('ready to accept')) resolve();
      },
    });
    const died = server.exited.then(() => {
      throw new Error(`PostgreSQL ended: ${server.lastOutput()}`);
    });
    await Promise.race([ready, died]);
    died.catch(() => undefined);
    running.push(server);
  };

  // Copied before it has ever run: the replica asks for everything after.
  const copy = join(base, 'replica');
  await mkdir(copy, { mode: 0o700 });
  await cp(folder, copy, { recursive: true, preserveTimestamps: true });
  await writeFile(join(copy, 'standby.signal'), '');
  if (account !== undefined) await giveTo(copy, account);
  const [port, replicaPort] = [await freePort(), await freePort()];
  await start(folder, port, { wal_keep_size: '64MB' });
  const url = (at: number, database: string) =>
    `postgres://${POSTGRES_USER}:${password}@127.0.0.1:${at}/${database}`;
  await run(url(port, 'postgres'), 'CREATE DATABASE imi');
  const primary_conninfo = `host=127.0.0.1 port=${port} user=${POSTGRES_USER} password=${password}`;
  await start(copy, replicaPort, { primary_conninfo });
  return {
    primary: url(port, 'imi'),
    replica: url(replicaPort, 'imi'),
    pauseReplay: () => run(url(replicaPort, 'postgres'), 'SELECT pg_wal_replay_pause()'),
    resumeReplay: () => run(url(replicaPort, 'postgres'), 'SELECT pg_wal_replay_resume()'),
  };
}

async function giveTo(path: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  const names = await readdir(path, { recursive: true });
  await Promise.all(
    [path, ...names.map((name) => join(path, name))].map((p) => chown(p, uid, gid)),
  );
}

async function run(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
