import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrayLiteral } from '../../src/projections/array-literal.ts';
import { type TestReadModels, testReadModels } from './setup.ts';

let models: TestReadModels;
beforeAll(async () => {
  models = await testReadModels();
});
afterAll(() => models.close());

test('texts come back from PostgreSQL as they went there', async () => {
  const text = fc.oneof(
    fc.constantFrom('', 'NULL', 'null', '{}', '{"a":"\\"b"}', 'a,b', ' a ', '\\', '"', '\t\n'),
    fc.string({ unit: 'grapheme' }).filter((each) => each.isWellFormed() && !each.includes('\0')),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text)), async (texts) => {
      const { rows } = await sql<{ texts: (string | null)[] }>`
        SELECT ${arrayLiteral(texts)}::text[] AS texts`.execute(models.db);
      expect(rows[0]?.texts).toEqual(texts);
    }),
    { numRuns: 200 },
  );
});

test('numbers, truths and nothing come as what they are', async () => {
  const { rows } = await sql`
    SELECT ${arrayLiteral([1, 2n ** 60n, null, undefined])}::bigint[]::text[] AS numbers,
      ${arrayLiteral([true, false])}::boolean[] AS truths`.execute(models.db);
  expect(rows).toEqual([{ numbers: ['1', String(2n ** 60n), null, null], truths: [true, false] }]);
});
