import { type Kysely, sql } from 'kysely';
import type { Tables } from './database.ts';

/**
 * A transaction of a generation that is being built, which may take long and waits for no disk: a
 * crash may take the last of them back, whole and in order. The commit that puts the generation in
 * its place waits, and with it everything before.
 */
export const buildStep = <T>(
  db: Kysely<Tables>,
  work: (trx: Kysely<Tables>) => Promise<T>,
): Promise<T> =>
  db.transaction().execute(async (trx) => {
    await sql`SET LOCAL statement_timeout = 0`.execute(trx);
    await sql`SET LOCAL synchronous_commit TO off`.execute(trx);
    return work(trx);
  });
