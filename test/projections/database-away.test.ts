import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectDatabase, type DatabaseOptions } from '../../src/projections/database.ts';
import { isDatabaseAway, isDataRefused } from '../../src/projections/database-away.ts';
import { type TestDatabase, testDatabase } from '../services/database.ts';
import { atPort, TcpProxy } from '../support/tcp-proxy.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const open = (url = database.url, more: Partial<DatabaseOptions> = {}) =>
  connectDatabase(url, { poolSize: 1, applicationName: 'imi-test', ...more });

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable('it should fail'),
    (error: unknown) => error,
  );

test('a refused connection and a terminated one mean that the database is away', async () => {
  const nowhere = open('postgres://nobody:secret@127.0.0.1:1/none');
  const refused = await failureOf(sql`SELECT 1`.execute(nowhere));
  expect(isDatabaseAway(refused)).toBe(true);
  expect(String(refused)).not.toContain('secret');
  await nowhere.destroy();

  const db = open();
  const terminated = await failureOf(
    sql`SELECT pg_terminate_backend(pg_backend_pid())`.execute(db),
  );
  expect(isDatabaseAway(terminated)).toBe(true);
  await db.destroy();
});

test('a connection that is cut between two statements of a transaction does not end the process', async () => {
  const [db, other] = [open(), open()];
  const failure = await failureOf(
    db.transaction().execute(async (trx) => {
      const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(trx);
      await sql`SELECT pg_terminate_backend(${rows[0]?.pid}, 5000)`.execute(other);
      await sql`SELECT 1`.execute(trx);
    }),
  );
  expect(isDatabaseAway(failure)).toBe(true);
  expect((await sql`SELECT 1 AS one`.execute(db)).rows).toEqual([{ one: 1 }]);
  await Promise.all([db.destroy(), other.destroy()]);
});

test('a statement over its time limit counts as away, a refused value does not', async () => {
  const db = open(database.url, { statementTimeoutMs: 50 });
  const slow = await failureOf(sql`SELECT pg_sleep(60)`.execute(db));
  expect([isDatabaseAway(slow), isDataRefused(slow)]).toEqual([true, false]);
  const wrong = await failureOf(sql`SELECT ${'x'}::int`.execute(db));
  expect([isDatabaseAway(wrong), isDataRefused(wrong)]).toEqual([false, true]);
  const missing = await failureOf(sql`SELECT * FROM no_such_table`.execute(db));
  expect([isDatabaseAway(missing), isDataRefused(missing)]).toEqual([false, false]);
  await db.destroy();
});

test('a connection that has gone silent while it rested is not handed out again', async () => {
  const way = await TcpProxy.listen(() => Number(new URL(database.url).port));
  const db = open(atPort(database.url, way.port));
  const ask = () => sql`SELECT 1 AS one`.execute(db);
  expect((await ask()).rows).toEqual([{ one: 1 }]);
  way.become('half-open');
  await delay(1_100);
  way.become('open');
  expect((await ask()).rows).toEqual([{ one: 1 }]);
  await db.destroy();
  await way.close();
});

test('the server notices by itself that a client has gone without a word', async () => {
  const db = open();
  const { rows } = await sql<{ name: string; setting: string }>`
    SELECT name, setting FROM pg_settings
    WHERE name LIKE 'tcp_keepalives%' OR name = 'tcp_user_timeout' ORDER BY name`.execute(db);
  expect(Object.fromEntries(rows.map(({ name, setting }) => [name, Number(setting)]))).toEqual({
    tcp_keepalives_count: 3,
    tcp_keepalives_idle: 4,
    tcp_keepalives_interval: 2,
    tcp_user_timeout: 10_000,
  });
  await db.destroy();
});

test('a connection that has gone silent is given up, and the next query has another', async () => {
  const way = await TcpProxy.listen(() => Number(new URL(database.url).port));
  const db = open(atPort(database.url, way.port), { statementTimeoutMs: 100 });
  const ask = () => sql`SELECT 1 AS one`.execute(db);
  expect((await ask()).rows).toEqual([{ one: 1 }]);
  way.become('half-open');
  expect(isDatabaseAway(await failureOf(ask()))).toBe(true);
  way.become('open');
  expect((await ask()).rows).toEqual([{ one: 1 }]);

  const cutOff = db.transaction().execute(async (trx) => {
    await sql`SELECT 1`.execute(trx);
    way.become('half-open');
    await sql`SELECT 1`.execute(trx);
  });
  expect(isDatabaseAway(await failureOf(cutOff))).toBe(true);
  way.become('open');
  expect((await ask()).rows).toEqual([{ one: 1 }]);

  way.become('half-open');
  await db.destroy();
  await way.close();
});
