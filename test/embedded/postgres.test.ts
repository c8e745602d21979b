import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import { isAlive } from '../../src/embedded/process-identity.ts';

let home: string;
let dataDir: string;
let server: EmbeddedPostgres | undefined;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), `imi-test-${process.pid}-embedded-`));
  // A folder that only its owner may enter, as /root is.
  dataDir = join(home, 'postgres');
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(home, { recursive: true });
});

it('keeps its data and its password when it is started again', async () => {
  server = await start();
  await query(server.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  const first = new URL(server.url);
  await server.close();
  server = await start();
  expect(new URL(server.url).password).toBe(first.password);
  expect(first.pathname).toBe('/imi');
  expect(await query(server.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
});

it('waits for the disk at every commit unless told otherwise', async () => {
  server = await startEmbeddedPostgres({ dataDir });
  expect(await query(server.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
  expect(await query(server.url, 'SHOW synchronous_commit')).toEqual([
    { synchronous_commit: 'on' },
  ]);
});

it('takes another port when the wanted one is taken', async () => {
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  const address = squatter.address();
  const taken = typeof address === 'object' && address ? address.port : 0;
  server = await startEmbeddedPostgres({ dataDir, port: taken, durable: false });
  expect(new URL(server.url).port).not.toBe(String(taken));
  squatter.close();
});

it('admits nobody without the password, which only its owner can read', async () => {
  server = await start();
  const stranger = new URL(server.url);
  stranger.password = 'guessed';
  await expect(query(stranger.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  expect((await stat(join(dataDir, 'cluster', 'imi.password'))).mode & 0o777).toBe(0o600);
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
});

it('starts anew when the first initialisation was cut short', async () => {
  await mkdir(join(dataDir, 'cluster.init-cut-short'), { recursive: true });
  await writeFile(join(dataDir, 'cluster.init-cut-short', 'PG_VERSION'), '18\n');
  server = await start();
  expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

it('is not held up by a pid file whose number belongs to another process', async () => {
  await (await start()).close();
  const pidFile = join(dataDir, 'cluster', 'postmaster.pid');
  await writeFile(pidFile, `${process.pid}\n${dataDir}/cluster\n0\n5432\n\n127.0.0.1\n`);
  server = await start();
  expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

it('ends when the process that started it is killed', async () => {
  const { holder, postmaster } = await startHolder();
  holder.kill('SIGKILL');
  await vi.waitUntil(() => !isAlive(postmaster), { timeout: 30_000 });
});

it('stops a server that survived on the same folder, and loses nothing', async () => {
  const { holder, url, postmaster } = await startHolder();
  await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  server = await startEmbeddedPostgres({ dataDir });
  expect(isAlive(postmaster)).toBe(false);
  expect(await query(server.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  holder.kill('SIGKILL');
});

function start(): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ dataDir, durable: false });
}

async function startHolder(): Promise<{ holder: ChildProcess; url: string; postmaster: number }> {
  const script = join(import.meta.dirname, 'hold-postgres.ts');
  const holder = spawn(process.execPath, ['--import', 'tsx', script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [url] = await once(holder.stdout.setEncoding('utf8'), 'data');
  const pidFile = await readFile(join(dataDir, 'cluster', 'postmaster.pid'), 'utf8');
  return { holder, url: String(url).trim(), postmaster: Number.parseInt(pidFile, 10) };
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
