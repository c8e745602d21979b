import fc from 'fast-check';
import { CompiledQuery, sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { CopyLines, copyText } from '../../src/projections/copy-lines.ts';
import { type TestReadModels, testReadModels } from './setup.ts';

let models: TestReadModels;
beforeAll(async () => {
  models = await testReadModels();
  await sql`CREATE TABLE copied (place int PRIMARY KEY, said text)`.execute(models.db);
});
afterEach(() => sql`TRUNCATE copied`.execute(models.db));
afterAll(() => models.close());

const copy = (rows: readonly (readonly unknown[])[], db = models.db) => {
  const lines = rows.map((row) => `${row.map(copyText).join('\t')}\n`).join('');
  const statement = 'COPY copied (place, said) FROM STDIN';
  return db.executeQuery(CompiledQuery.raw(statement, [new CopyLines(lines)]));
};

test('texts are copied as they are, nothing as nothing', async () => {
  const text = fc.oneof(
    fc.constantFrom('', '\\N', '\\.', '\\', '\t', '\r\n', '\\t', 'NULL', '"', 'ü\u{1F600}'),
    fc.string({ unit: 'grapheme' }).filter((each) => each.isWellFormed() && !each.includes('\0')),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text)), async (texts) => {
      await sql`TRUNCATE copied`.execute(models.db);
      await copy(texts.map((said, place) => [place, said]));
      const { rows } = await sql`SELECT said FROM copied ORDER BY place`.execute(models.db);
      expect(rows).toEqual(texts.map((said) => ({ said })));
    }),
    { numRuns: 100 },
  );
});

test.each([
  { refused: 'a value', rows: [['none', 'of these']], code: '22P02' },
  {
    ...{ refused: 'a row among many, when most lines have been sent', code: '23505' },
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
  const lines = new CopyLines('1\n');
  await models.db.connection().execute(async (connection) => {
    const statement = CompiledQuery.raw('COPY nowhere FROM STDIN', [lines]);
    await expect(connection.executeQuery(statement)).rejects.toMatchObject({ code: '42P01' });
    expect((await sql`SELECT 1 AS one`.execute(connection)).rows).toEqual([{ one: 1 }]);
  });
});
