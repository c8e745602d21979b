import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectionSettings } from '../../src/projections/database.ts';
import { isDatabaseAway } from '../../src/projections/database-away.ts';
import { Pipeline } from '../../src/projections/pipeline.ts';
import { Sockets } from '../../src/projections/sockets.ts';
import { type TestDatabase, testDatabase } from '../services/database.ts';
import { atPort, TcpProxy } from '../support/tcp-proxy.ts';

let database: TestDatabase;
let beside: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  beside = new pg.Client(database.url);
  await beside.connect();
});
afterAll(async () => {
  await beside.end();
  await database.drop();
});

const open = (url = database.url, size = 1) =>
  new Pipeline({ ...connectionSettings(url, 'imi-test'), query_timeout: 300 }, size, new Sockets());

const echo = (value: unknown) => ({
  name: 'echo',
  sql: 'SELECT $1::int AS value',
  parameters: [value],
});

test('statements that are asked at once are each answered with their own rows', async () => {
  const pipeline = open(database.url, 2);
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) => pipeline.query(echo(index))),
  );
  expect(answers.map(({ rows }) => rows[0]?.value)).toEqual(answers.map((_, index) => index));
  await pipeline.close();
});

test('a statement that takes long holds up none that can go elsewhere', async () => {
  const settings = connectionSettings(database.url, 'imi-test');
  const pipeline = new Pipeline(settings, 2, new Sockets());
  await beside.query('SELECT pg_advisory_lock(1)');
  const wait = { name: 'wait', sql: 'SELECT pg_advisory_xact_lock(1)', parameters: [] };
  const long = pipeline.query(wait);
  for (const value of [1, 2, 3, 4]) {
    const quick = { ...echo(value), isQuick: value % 2 === 0 };
    expect((await pipeline.query(quick)).rows).toEqual([{ value }]);
  }
  await beside.query('SELECT pg_advisory_unlock(1)');
  expect((await long).rows).toHaveLength(1);
  await pipeline.close();
});

test('quick statements of one turn of the event loop go to one connection, a crowd to all', async () => {
  const pipeline = open(database.url, 2);
  const sql = 'SELECT pg_backend_pid() AS pid';
  const whose = { name: 'whose', sql, parameters: [], isQuick: true };
  const asked = async (count: number) => {
    const answers = await Promise.all(Array.from({ length: count }, () => pipeline.query(whose)));
    return new Set(answers.map(({ rows }) => rows[0]?.pid)).size;
  };
  expect(await asked(5)).toBe(1);
  expect(await asked(50)).toBe(2);
  await pipeline.close();
});

test('texts are wanted of rows that nobody reads', async () => {
  const pipeline = open();
  const sql = `SELECT 1, NULL, true, '{"a": 1}'::jsonb, '2026-01-21 14:30:22.5+00'::timestamptz`;
  for (let time = 0; time < 2; time += 1) {
    const { rows } = await pipeline.query({ name: 'texts', sql, parameters: [], asTexts: true });
    expect(rows).toEqual([['1', null, 't', '{"a": 1}', '2026-01-21 14:30:22.5+00']]);
  }
  await pipeline.close();
});

test('rows come as they are, whether their columns were asked for or are known', async () => {
  const pipeline = open();
  const values = {
    name: 'values',
    sql: `SELECT $1::text[] AS list, $2::text AS nothing, $3::int AS number, true AS yes,
      '2026-01-21 14:30:22.5+00'::timestamptz AS at, '{"a": [1, null]}'::jsonb AS json,
      9007199254740993::int8 AS big`,
    parameters: [['a', 'b "c", \\d'], null, 7],
  };
  const row = {
    ...{ list: ['a', 'b "c", \\d'], nothing: null, number: 7, yes: true },
    ...{ at: '2026-01-21T14:30:22.500Z', json: { a: [1, null] }, big: 9007199254740993n },
  };
  expect((await pipeline.query(values)).rows).toEqual([row]);
  const answers = await Promise.all([pipeline.query(values), pipeline.query(values)]);
  expect(answers.map(({ rows }) => rows)).toEqual([[row], [row]]);
  await pipeline.close();
});

test('a value that cannot be read fails its statement alone', async () => {
  const pipeline = open();
  const time = (value: string) => ({
    ...{ name: 'time', sql: 'SELECT $1::timestamptz AS at', parameters: [value] },
  });
  const answers = await Promise.allSettled(
    ['2026-01-21T14:30:22Z', 'infinity', '2026-01-21T14:30:23Z'].map((at) =>
      pipeline.query(time(at)),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect((await pipeline.query(time('2026-01-21T14:30:24Z'))).rows).toEqual([
    { at: '2026-01-21T14:30:24.000Z' },
  ]);
  await pipeline.close();
});

test('a statement that is refused fails alone', async () => {
  const pipeline = open();
  const answers = await Promise.allSettled([1, 'x', 3].map((value) => pipeline.query(echo(value))));
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  await pipeline.close();
});

test('statements on a table whose columns have changed are planned anew, however many at once', async () => {
  await beside.query('CREATE TABLE changing (a int); INSERT INTO changing VALUES (1)');
  const pipeline = open();
  const all = { name: 'all', sql: 'SELECT * FROM changing', parameters: [] };
  expect((await pipeline.query(all)).rows).toEqual([{ a: 1 }]);
  await beside.query('ALTER TABLE changing ADD COLUMN b int');
  const answers = await Promise.all([pipeline.query(all), pipeline.query(all)]);
  expect(answers.map(({ rows }) => rows)).toEqual(Array(2).fill([{ a: 1, b: null }]));
  await pipeline.close();
});

test('a connection that is cut fails what waits on it as away, and the next statement has another', async () => {
  const pipeline = open();
  const slow = {
    name: 'slow',
    sql: 'SELECT pg_backend_pid() AS pid, pg_sleep($1)',
    parameters: [0],
  };
  const [{ pid } = {}] = (await pipeline.query(slow)).rows;
  const waiting = Promise.allSettled([
    pipeline.query({ ...slow, parameters: [60] }),
    pipeline.query(echo(1)),
  ]);
  await beside.query('SELECT pg_terminate_backend($1, 5000)', [pid]);
  for (const answer of await waiting) {
    expect(answer.status === 'rejected' && isDatabaseAway(answer.reason)).toBe(true);
  }
  expect((await pipeline.query(echo(2))).rows).toEqual([{ value: 2 }]);
  await pipeline.close();
});

test('a connection that has gone silent is given up, and the next statement has another', async () => {
  const way = await TcpProxy.listen(() => Number(new URL(database.url).port));
  const pipeline = open(atPort(database.url, way.port));
  await pipeline.query(echo(1));
  way.become('half-open');
  const waiting = await Promise.allSettled([pipeline.query(echo(2)), pipeline.query(echo(3))]);
  for (const answer of waiting) {
    expect(answer.status === 'rejected' && isDatabaseAway(answer.reason)).toBe(true);
  }
  way.become('open');
  expect((await pipeline.query(echo(4))).rows).toEqual([{ value: 4 }]);
  await pipeline.close();
  await way.close();
});

test('a database that is not there fails a statement as away', async () => {
  const pipeline = open('postgres://nobody:secret@127.0.0.1:1/none');
  const failure = await pipeline.query(echo(1)).catch((error: unknown) => error);
  expect(isDatabaseAway(failure)).toBe(true);
  await pipeline.close();
});
