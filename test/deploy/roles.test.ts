import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { Client } from 'pg';
import { afterEach, expect, it } from 'vitest';
import { connectDatabase } from '../../src/projections/database.ts';
import { migrate } from '../../src/projections/migrate.ts';
import { rebuildInto } from '../../src/projections/rebuild.ts';
import { swapGeneration } from '../../src/projections/swap-generation.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { appendTo, startProjector } from '../projections/setup.ts';
import { testDatabase } from '../services/database.ts';
import { LiveEventStore } from '../support/live-event-store.ts';
import { projectRegistered } from '../support/projected-events.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The roles of the file, under names of this test's own: roles belong to the whole server. */
async function rolesIn(url: string) {
  const name = randomBytes(6).toString('hex');
  const admin = new Client({ connectionString: url });
  await admin.connect();
  const [writer, reader] = [`imi_${name}`, `imi_reader_${name}`];
  const statements = (await readFile('deploy/sql/roles.sql', 'utf8'))
    .replace(/\bimi_reader\b/g, reader)
    .replace(/\bimi\b/g, writer);
  await admin.query(statements);
  for (const role of [writer, reader]) await admin.query(`ALTER ROLE ${role} PASSWORD 'test'`);
  closers.push(async () => {
    for (const role of [writer, reader]) await admin.query(`DROP OWNED BY ${role} CASCADE`);
    await admin.query(`DROP ROLE ${writer}, ${reader}`);
    await admin.end();
  });
  const connect = (role: string) => {
    const as = Object.assign(new URL(url), { username: role, password: 'test' }).href;
    const db = connectDatabase(as, { poolSize: 4, applicationName: 'imi-test' });
    closers.push(() => db.destroy());
    return { url: as, db };
  };
  return { writer: connect(writer), reader: connect(reader) };
}

it('lets iMi do all it does, and its readers read every generation and nothing more', async () => {
  const { url, drop } = await testDatabase();
  closers.push(drop);
  const { writer, reader } = await rolesIn(url);
  await migrate(writer.db);
  const store = new LiveEventStore();
  const projector = startProjector({ ...writer, close: async () => {} }, store);
  const { position } = await appendTo(store, 'project-1', projectRegistered('widget'));
  await projector.waiter.waitFor(position, 30_000);
  await projector.stop();

  const names = async () =>
    (await reader.db.withSchema(liveSchema).selectFrom('projects').select('name').execute()).map(
      (row) => row.name,
    );
  expect(await names()).toEqual(['widget']);
  const options = { db: writer.db, schema: liveSchema, into: `${liveSchema}_next`, store };
  const signal = AbortSignal.timeout(30_000);
  await rebuildInto({ ...options, signal });
  await swapGeneration({ ...options, signal });
  expect(await names()).toEqual(['widget']);

  for (const forbidden of [
    sql`UPDATE imi_read.projects SET name = 'x'`,
    sql`DELETE FROM imi_read.checkpoint`,
    sql`CREATE TABLE imi_read.x (id int)`,
    sql`CREATE TABLE public.x (id int)`,
    sql`CREATE SCHEMA x`,
  ]) {
    await expect(forbidden.execute(reader.db)).rejects.toMatchObject({ code: '42501' });
  }
});
