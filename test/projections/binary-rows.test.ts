import fc from 'fast-check';
import { CompiledQuery, sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { binaryRows } from '../../src/projections/binary-rows.ts';
import { arraysOf, unnested } from '../../src/projections/column-lists.ts';
import { runCompiled } from '../../src/projections/compiled.ts';
import { CopyData } from '../../src/projections/copy-in.ts';
import { type TestReadModels, testReadModels } from './setup.ts';

const columns = {
  id: 'uuid',
  said: 'text',
  facts: 'jsonb',
  isSo: 'boolean',
  count: 'integer',
  place: 'bigint',
  told_at: 'timestamptz',
} as const;

let models: TestReadModels;
beforeAll(async () => {
  models = await testReadModels();
  await sql`
    CREATE TABLE copied (
      id uuid, said text, facts jsonb, "isSo" boolean, count int, place bigint,
      told_at timestamptz(3), number int GENERATED ALWAYS AS IDENTITY
    )`.execute(models.db);
  await sql`CREATE TABLE unnested (LIKE copied INCLUDING IDENTITY)`.execute(models.db);
});
afterAll(() => models.close());

const text = fc.oneof(
  fc.constantFrom('', '\\N', '\t', '\r\n', 'ü\u{1F600}', 'x'.repeat(3_000)),
  fc.string({ unit: 'grapheme' }).filter((each) => each.isWellFormed() && !each.includes('\0')),
);
const time = fc.oneof(
  fc.constantFrom(
    ...['2026-01-21T12:00:00Z', '2026-01-21T12:00:00.5+02:00', '1999-12-31T23:59:59.999Z'],
    ...['2026-01-21T12:00:00.1234995Z', '2026-01-21T12:00:00.9999Z', '2024-02-29T24:00:00Z'],
    ...['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.9876-01:00'],
  ),
  fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString()),
);
const row = fc.record({
  // Few, so that most rows follow one with their id.
  id: fc.constantFrom(
    '6f2a9c1e-6d0b-5b0e-9a53-3b1f0e5c7a41',
    'AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee',
  ),
  said: fc.option(text),
  facts: fc.option(fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean()))),
  isSo: fc.option(fc.boolean()),
  count: fc.option(fc.nat()),
  place: fc.option(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })),
  told_at: fc.option(time),
});

test('rows are copied as an array of each column would bring them', async () => {
  const { db } = models;
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows) => {
      await sql`TRUNCATE copied, unnested RESTART IDENTITY`.execute(db);
      const statement =
        'COPY copied (id, said, facts, "isSo", count, place, told_at) FROM STDIN (FORMAT binary)';
      await db.executeQuery(
        CompiledQuery.raw(statement, [new CopyData(binaryRows(columns, rows))]),
      );
      const unnest = () => sql`
        INSERT INTO unnested (id, said, facts, "isSo", count, place, told_at)
        SELECT * FROM ${unnested(columns)}`;
      await runCompiled(db, 'unnest', unnest, arraysOf(columns, rows));
      const all = async (table: string) =>
        (await sql`SELECT * FROM ${sql.table(table)} ORDER BY number`.execute(db)).rows;
      expect(await all('copied')).toEqual(await all('unnested'));
    }),
    { numRuns: 300 },
  );
});

test.each([
  '',
  '6f2a9c1e',
  '6f2a9c1e-6d0b-5b0e-9a53-3b1f0e5c7a4g',
  '6f2a9c1e06d0b-5b0e-9a53-3b1f0e5c7a41',
])('an id that is no UUID is refused as the database would refuse it: "%s"', async (id) => {
  const asked = sql`SELECT ${id}::uuid`.execute(models.db);
  const { message, code } = await asked.catch((error) => error);
  expect(code).toBe('22P02');
  expect(() => binaryRows(columns, [{ id }])).toThrow(expect.objectContaining({ message, code }));
});
