import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { connectDatabase } from '../../src/projections/database.ts';
import { StatementNames } from '../../src/projections/statement-names.ts';
import { testDatabase } from '../services/database.ts';

const thirdNameOf = (names: StatementNames, text: string) =>
  [1, 2, 3].map(() => names.nameOf(text)).at(-1);

test('a text has a name from the third time on, its own and always the same', () => {
  const names = new StatementNames();
  expect([1, 2].map(() => names.nameOf('SELECT $1'))).toEqual([undefined, undefined]);
  const name = names.nameOf('SELECT $1');
  expect(name).toMatch(/^.{1,63}$/);
  expect(names.nameOf('SELECT $1')).toBe(name);
  expect(thirdNameOf(names, 'SELECT $2')).not.toBe(name);
});

test('only so many texts ever have a name', () => {
  const names = new StatementNames(2);
  const named = ['SELECT $1', 'SELECT $2', 'SELECT $3'].map((text) => thirdNameOf(names, text));
  expect(named.map((name) => name !== undefined)).toEqual([true, true, false]);
});

test('a statement is planned once, and anew when its table has changed', async () => {
  const database = await testDatabase();
  const db = connectDatabase(database.url, {
    ...{ poolSize: 1, applicationName: 'imi-test', preparing: true },
  });
  await sql`CREATE TABLE things (id int)`.execute(db);
  await sql`INSERT INTO things VALUES (1)`.execute(db);
  const ask = async () => (await sql`SELECT * FROM things WHERE id = ${1}`.execute(db)).rows;
  for (let time = 0; time < 8; time += 1) expect(await ask()).toEqual([{ id: 1 }]);
  const planned = await sql`SELECT statement FROM pg_prepared_statements`.execute(db);
  expect(planned.rows).toEqual([{ statement: 'SELECT * FROM things WHERE id = $1' }]);

  await sql`ALTER TABLE things ADD COLUMN name text`.execute(db);
  await expect(ask()).rejects.toMatchObject({ code: '0A000' });
  expect(await ask()).toEqual([{ id: 1, name: null }]);
  await db.destroy();
  await database.drop();
});
