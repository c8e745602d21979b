import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectDatabase } from '../../src/projections/database.ts';
import { migrate } from '../../src/projections/migrate.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { type TestDatabase, testDatabase } from '../services/database.ts';

let database: TestDatabase;
const open = () => connectDatabase(database.url, { poolSize: 2, applicationName: 'imi-test' });

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

test('instances that start at once on an empty database migrate it once', async () => {
  const instances = [open(), open(), open(), open()];
  const done = await Promise.all(instances.map((db) => migrate(db)));
  const names = done.flat().map(({ schema, name }) => `${schema}.${name}`);
  expect(names.length).toBeGreaterThan(0);
  expect(new Set(names).size).toBe(names.length);
  expect(await migrate(instances[0] as ReturnType<typeof open>)).toEqual([]);
  await Promise.all(instances.map((db) => db.destroy()));
});

test('a migrated connection goes back to the pool with the settings it had', async () => {
  const db = connectDatabase(database.url, { poolSize: 1, applicationName: 'imi-test' });
  const settings = () =>
    sql`SELECT current_setting('search_path'), current_setting('statement_timeout') AS statement,
      current_setting('lock_timeout') AS lock`.execute(db);
  const before = await settings();
  await migrate(db);
  expect((await settings()).rows).toEqual(before.rows);
  await db.destroy();
});

test('values come as RFC 3339 strings with milliseconds, bigints and parsed JSON', async () => {
  const db = open();
  const { rows } = await sql`SELECT
    '2026-01-21 15:30:22.5+01'::timestamptz(3) AS half,
    '2026-01-21T14:30:22Z'::timestamptz(3) AS whole,
    9007199254740993::int8 AS big,
    '{"a": [1, null]}'::jsonb AS json,
    NULL::timestamptz AS nothing`.execute(db);
  expect(rows[0]).toEqual({
    half: '2026-01-21T14:30:22.500Z',
    whole: '2026-01-21T14:30:22.000Z',
    big: 9007199254740993n,
    json: { a: [1, null] },
    nothing: null,
  });
  await db.destroy();
});

test('a fresh generation stands before the beginning', async () => {
  const db = open();
  const checkpoint = await db.withSchema(liveSchema).selectFrom('checkpoint').selectAll().execute();
  expect(checkpoint).toMatchObject([{ name: 'projector', position: null, event_position: null }]);
  await db.destroy();
});
