import { CompiledQuery, sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { binaryRows } from '../../src/projections/binary-rows.ts';
import { CopyData } from '../../src/projections/copy-in.ts';
import { type TestReadModels, testReadModels } from './setup.ts';

let models: TestReadModels;
beforeAll(async () => {
  models = await testReadModels();
  await sql`CREATE TABLE copied (place int PRIMARY KEY, said text)`.execute(models.db);
});
afterEach(() => sql`TRUNCATE copied`.execute(models.db));
afterAll(() => models.close());

const columns = { id: 'integer', said: 'text' } as const;

const copy = (rows: readonly (readonly unknown[])[], db = models.db) => {
  const bytes = binaryRows(
    columns,
    rows.map(([id, said]) => ({ id, said })),
  );
  const statement = 'COPY copied (place, said) FROM STDIN (FORMAT binary)';
  return db.executeQuery(CompiledQuery.raw(statement, [new CopyData(bytes)]));
};

test.each([
  { refused: 'a value', rows: [[null, 'nowhere']], code: '23502' },
  {
    ...{ refused: 'a row among many, when most have been sent', code: '23505' },
    rows: Array.from({ length: 50_000 }, (_, place) => [place % 10, 'x'.repeat(100)]),
  },
])('a copy that is refused for $refused says so, and its connection goes on', async (refusal) => {
  await models.db.connection().execute(async (connection) => {
    const before = await sql`SELECT pg_backend_pid() AS pid`.execute(connection);
    await expect(copy(refusal.rows, connection)).rejects.toMatchObject({ code: refusal.code });
    const after = await sql`SELECT pg_backend_pid() AS pid`.execute(connection);
    expect(after.rows).toEqual(before.rows);
  });
  await copy([[1, 'later']]);
  const { rows } = await sql`SELECT * FROM copied`.execute(models.db);
  expect(rows).toEqual([{ place: 1, said: 'later' }]);
});

test('a table that is not there is an error of the statement, not of the connection', async () => {
  const rows = new CopyData(binaryRows(columns, [{ id: 1, said: 'there' }]));
  await models.db.connection().execute(async (connection) => {
    const statement = CompiledQuery.raw('COPY nowhere FROM STDIN (FORMAT binary)', [rows]);
    await expect(connection.executeQuery(statement)).rejects.toMatchObject({ code: '42P01' });
    expect((await sql`SELECT 1 AS one`.execute(connection)).rows).toEqual([{ one: 1 }]);
  });
});
