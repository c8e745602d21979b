import { type Kysely, sql } from 'kysely';
import { ImiError } from '../errors.ts';
import type { Tables } from './database.ts';

/**
 * Runs `work` unless another process is building a generation on this database: two builds would
 * drop each other's tables. The lock is that of a connection and ends with the process.
 * Throws `CONFLICT` when another one is at it.
 */
export async function aloneOnGenerations<T>(
  db: Kysely<Tables>,
  work: () => Promise<T>,
): Promise<T> {
  return db.connection().execute(async (connection) => {
    const { rows } = await sql<{ won: boolean }>`
      SELECT pg_try_advisory_lock(hashtext('imi'), hashtext('generations')) AS won
    `.execute(connection);
    if (!rows[0]?.won) {
      throw new ImiError('CONFLICT', 'Another rebuild or verification is running on this database');
    }
    try {
      return await work();
    } finally {
      await sql`SELECT pg_advisory_unlock(hashtext('imi'), hashtext('generations'))`
        .execute(connection)
        // Gone with its connection.
        .catch(() => undefined);
    }
  });
}
