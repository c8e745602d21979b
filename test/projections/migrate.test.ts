import { Migrator, sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readModelMigrations } from '../../migrations/read-models/index.ts';
import { connectDatabase } from '../../src/projections/database.ts';
import { migrate, migrateReadModels } from '../../src/projections/migrate.ts';
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

test('rows that were there before versions were kept are their own first version', async () => {
  const db = open();
  const project = '3f0e6d1c-1a5b-5d8e-9d8b-6f2f0f1d2c3b';
  await db.connection().execute(async (connection) => {
    await sql`CREATE SCHEMA older`.execute(connection);
    await sql`SET search_path = older, public`.execute(connection);
    const provider = { getMigrations: async () => ({ ...readModelMigrations }) };
    const migrator = new Migrator({ db: connection, migrationTableSchema: 'older', provider });
    const { error } = await migrator.migrateTo('0010-observed');
    expect(error).toBeUndefined();
    await sql`INSERT INTO projects VALUES (${project}, 'widget', 'git@github.com:acme/widget.git',
      'github.com/acme/widget', 'main', '/code/widget', NULL, '{}', true, now(), now(), 3, 70)
    `.execute(connection);
    await sql`INSERT INTO deploys VALUES (${project}, 'run-1', 'production', 'abcdef1', now(),
      'success', NULL, NULL, NULL, '{}', now(), now(), 0, 80)`.execute(connection);
    await sql`INSERT INTO deploy_commits VALUES (${project}, ${project}, 'abcdef1', 0)`.execute(
      connection,
    );
    await sql`RESET search_path`.execute(connection);
  });
  await migrateReadModels(db, 'older');
  const older = db.withSchema('older');
  const [row] = await older.selectFrom('projects').selectAll().execute();
  const { rows } = await sql`SELECT * FROM older.project_versions`.execute(db);
  expect(rows).toEqual([row]);
  const parts = older.selectFrom('deploy_commits').select(['hash', 'position']);
  expect(await parts.execute()).toEqual([{ hash: 'abcdef1', position: 80n }]);
  await db.destroy();
});

test('links that were there before they were kept ready are made when the database is migrated', async () => {
  const { url, drop } = await testDatabase();
  const db = connectDatabase(url, { poolSize: 1, applicationName: 'imi-test' });
  const work = '9b1c2a34-5d6e-5f70-8a9b-0c1d2e3f4a5b';
  await migrate(db);
  await db.connection().execute(async (connection) => {
    await sql`SET search_path = ${sql.id(liveSchema)}, public`.execute(connection);
    await sql`DROP TABLE work_item_links`.execute(connection);
    await sql`DELETE FROM kysely_migration WHERE name = '0014-work-item-links'`.execute(connection);
    await sql`INSERT INTO work_items (id, project_id, project_name, remote_origin, branch_name,
        work_type, source_type, owner_id, has_uncommitted_changes, ahead_of_trunk, behind_trunk,
        last_activity_at, metadata, active, created_at, updated_at, revision, position)
      VALUES (${work}, ${work}, 'widget', 'git@github.com:acme/widget.git', 'spin', 'feature',
        'manual', 'ann', false, 0, 0, now(), '{}', true, now(), now(), 1, 70)`.execute(connection);
    await sql`INSERT INTO ticket_links VALUES (${work}, ${work}, 'PROJ-1', 'Spin', NULL, '{}',
      '2026-01-21T14:30:22Z', 70)`.execute(connection);
    await sql`RESET search_path`.execute(connection);
  });
  await migrate(db);
  const links = await db.withSchema(liveSchema).selectFrom('work_item_links').selectAll().execute();
  expect(links).toMatchObject([
    {
      ...{ work_item_id: work, open_prs: null, ended_prs: null },
      tickets: [
        { plane_ticket_id: 'PROJ-1', ticket_title: 'Spin', created_at: '2026-01-21T14:30:22.000Z' },
      ],
    },
  ]);
  await db.destroy();
  await drop();
});
