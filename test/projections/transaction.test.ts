import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connectDatabase, type Tables } from '../../src/projections/database.ts';
import { isDatabaseAway, isDataRefused } from '../../src/projections/database-away.ts';
import { inTransaction } from '../../src/projections/transaction.ts';
import { type TestDatabase, testDatabase } from '../services/database.ts';

let database: TestDatabase;
let db: Kysely<Tables>;
beforeAll(async () => {
  database = await testDatabase();
  db = connectDatabase(database.url, { poolSize: 1, applicationName: 'imi-test' });
  await sql`CREATE TABLE said (place int GENERATED ALWAYS AS IDENTITY, word text)`.execute(db);
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});
beforeEach(() => sql`TRUNCATE said`.execute(db));

const say = (to: Kysely<Tables>, word: string) =>
  sql`INSERT INTO said (word) VALUES (${word})`.execute(to);

const said = async () =>
  (await sql<{ word: string }>`SELECT word FROM said ORDER BY place`.execute(db)).rows.map(
    ({ word }) => word,
  );

const transactions = async (to: Kysely<Tables>) =>
  (await sql<{ id: string }>`SELECT pg_current_xact_id()::text AS id`.execute(to)).rows[0]?.id;

const nothingMore = { last: [], result: null };

const saying = (word: string) => sql`INSERT INTO said (word) VALUES (${word})`.compile(db);

test('statements that are given at once are carried out in that order, in one transaction', async () => {
  const words = Array.from({ length: 100 }, (_, place) => `word ${place}`);
  const ids = await inTransaction(db, async (trx) => {
    const [first] = await Promise.all([transactions(trx), ...words.map((word) => say(trx, word))]);
    return { last: [], result: [first, await transactions(trx)] };
  });
  expect(await said()).toEqual(words);
  expect(ids[0]).toBe(ids[1]);
});

test('a statement that is refused takes back those around it, and says why itself', async () => {
  const refused = inTransaction(db, async (trx) => {
    await Promise.all([
      say(trx, 'before'),
      sql`SELECT ${'x'}::int`.execute(trx),
      say(trx, 'after'),
    ]);
    return nothingMore;
  });
  expect(isDataRefused(await refused.catch((error) => error))).toBe(true);
  expect(await said()).toEqual([]);
});

test('what is thrown between two statements takes them back', async () => {
  const failed = inTransaction(db, async (trx) => {
    await say(trx, 'before');
    throw new Error('changed its mind');
  });
  await expect(failed).rejects.toThrow('changed its mind');
  expect(await said()).toEqual([]);
});

test('the last statements are carried out in their order before the end', async () => {
  const words = Array.from({ length: 100 }, (_, place) => `word ${place}`);
  const result = await inTransaction(db, async (trx) => {
    await say(trx, 'first');
    return { last: words.map(saying), result: 'committed' };
  });
  expect(result).toBe('committed');
  expect(await said()).toEqual(['first', ...words]);
});

test('a last statement that is refused takes back all, though the end is sent with it', async () => {
  const refused = inTransaction(db, async (trx) => {
    await say(trx, 'before');
    const last = [saying('beside'), sql`SELECT ${'x'}::int`.compile(db), saying('after')];
    return { last, result: null };
  });
  expect(isDataRefused(await refused.catch((error) => error))).toBe(true);
  expect(await said()).toEqual([]);
});

test('a connection that is lost takes everything back, and the next transaction has another', async () => {
  const lost = inTransaction(db, async (trx) => {
    await say(trx, 'before');
    await Promise.all([
      sql`SELECT pg_terminate_backend(pg_backend_pid())`.execute(trx),
      say(trx, 'after'),
    ]);
    return nothingMore;
  });
  expect(isDatabaseAway(await lost.catch((error) => error))).toBe(true);
  await inTransaction(db, async () => ({ ...nothingMore, last: [saying('again')] }));
  expect(await said()).toEqual(['again']);
});
