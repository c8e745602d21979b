import { chmod, chown, mkdir, readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { EmbeddedError } from './embedded-error.ts';
import { freePort } from './free-port.ts';
import { type GuardedProcess, startGuardedProcess } from './guarded-process.ts';
import { type Account, postgresAccount } from './postgres-account.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { type Cluster, ensureCluster, POSTGRES_USER, pathSeenBy } from './postgres-cluster.ts';
import { isAlive, isPostmasterOf } from './process-identity.ts';

const DATABASE = 'imi';
const READY = 'database system is ready to accept connections';

/** What an earlier server, or somebody else's, may still hold for a moment. */
const PASSING_TROUBLE = /Address already in use|still in use|lock file .* already exists/;
const START_ATTEMPTS = 20;

/** Time for a fast shutdown's checkpoint before PostgreSQL is told to drop everything. */
const SHUTDOWN_LIMIT_MS = 20_000;

export interface EmbeddedPostgresOptions {
  /** PostgreSQL's own folder (as root it is given to the user PostgreSQL runs as). */
  readonly dataDir: string;
  /** The port to listen on when it is free; otherwise, or when left out, any free one. */
  readonly port?: number;
  /** False gives up safety against power cuts for speed: for tests only. Default true. */
  readonly durable?: boolean;
}

export interface EmbeddedPostgres {
  /** Of the database `imi`, with user and password. */
  readonly url: string;
  /** Resolves with the exit status when the server has ended, wanted or not. */
  readonly exited: Promise<number>;
  /** Stops the server after a checkpoint; returns when it has ended. */
  close(): Promise<void>;
}

/**
 * Real PostgreSQL out of npm, on 127.0.0.1, its files under `dataDir`. The server ends with this
 * process, also when that is killed with SIGKILL; a server that survived an earlier process on the
 * same folder all the same is stopped first.
 *
 * @throws EmbeddedError IMI_ERR_EMBEDDED_POSTGRES_UNAVAILABLE when this machine cannot run it,
 *   IMI_ERR_EMBEDDED_POSTGRES_FAILED with what the server said when it does not start
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const { durable = true } = options;
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const dataDir = await realpath(options.dataDir);
  const account = await postgresAccount(dataDir);
  if (account !== undefined) await chown(dataDir, account.uid, account.gid);
  await chmod(dataDir, 0o700);

  const binaries = await postgresBinaries(account !== undefined);
  const cluster = await ensureCluster({ dataDir, binaries, account, durable });
  await stopSurvivor(cluster.folder);
  const { server, port } = await start(binaries.postgres, cluster, account, durable, options.port);
  try {
    await ensureDatabase(urlOf(cluster, port, 'postgres'));
  } catch (error) {
    await close(server);
    throw error;
  }
  return {
    url: urlOf(cluster, port, DATABASE),
    exited: server.exited,
    close: () => close(server),
  };
}

async function start(
  command: string,
  cluster: Cluster,
  account: Account | undefined,
  durable: boolean,
  wantedPort: number | undefined,
): Promise<{ server: GuardedProcess; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort(wantedPort);
    let announceReady = () => {};
    const ready = new Promise<'ready'>((resolve) => {
      announceReady = () => resolve('ready');
    });
    const server = await startGuardedProcess({
      command,
      args: ['-D', pathSeenBy(account, cluster.folder), ...settings(port, durable)],
      stopSignal: 'INT',
      cwd: cluster.folder,
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      ...account,
      onLine: (line) => {
        if (line.includes(READY)) announceReady();
      },
    });
    const outcome = await Promise.race([ready, server.exited]);
    if (outcome === 'ready') return { server, port };
    if (attempt === START_ATTEMPTS || !PASSING_TROUBLE.test(server.lastOutput())) {
      throw new EmbeddedError(
        'IMI_ERR_EMBEDDED_POSTGRES_FAILED',
        `PostgreSQL in ${cluster.folder} ended with ${outcome}: ${server.lastOutput()}`,
      );
    }
    await delay(100);
  }
}

/** A small footprint for a developer's machine; commits are on the disk unless told otherwise. */
function settings(port: number, durable: boolean): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 60,
    shared_buffers: '32MB',
    min_wal_size: '32MB',
    max_wal_size: '512MB',
    // Nobody replicates from here: less write-ahead log, and no worker processes for it.
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_logical_replication_workers: 0,
    io_method: 'sync',
    jit: 'off',
    log_checkpoints: 'off',
    log_min_error_statement: 'panic',
    timezone: 'UTC',
    ...(!durable && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * Clears the way after a SIGKILL: stops a server that still works in the folder, and removes a pid
 * file whose number now belongs to somebody else (PostgreSQL would take that for a server).
 */
async function stopSurvivor(folder: string): Promise<void> {
  const pidFile = join(folder, 'postmaster.pid');
  const text = await readFile(pidFile, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const pid = Number.parseInt(text, 10);
  if (await isPostmasterOf(pid, folder)) {
    process.kill(pid, 'SIGINT');
    const deadline = Date.now() + SHUTDOWN_LIMIT_MS;
    while (isAlive(pid)) {
      if (Date.now() > deadline) process.kill(pid, 'SIGQUIT');
      await delay(20);
    }
  }
  await rm(pidFile, { force: true });
}

async function ensureDatabase(adminUrl: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [
      DATABASE,
    ]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

async function close(server: GuardedProcess): Promise<void> {
  server.signal('SIGINT');
  const impatient = setTimeout(() => server.signal('SIGQUIT'), SHUTDOWN_LIMIT_MS);
  await server.exited;
  clearTimeout(impatient);
}

function urlOf(cluster: Cluster, port: number, database: string): string {
  return `postgres://${POSTGRES_USER}:${cluster.password}@127.0.0.1:${port}/${database}`;
}
