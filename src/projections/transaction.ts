import { CompiledQuery, type DatabaseConnection, type Driver, Kysely } from 'kysely';
import type { Tables } from './database.ts';
import { drivenBy } from './driven-by.ts';

/**
 * A transaction whose statements are sent as they are given, behind those that still wait for their
 * answers: what `work` asks for at once takes one way to the database and back, the beginning of the
 * transaction included. kysely's own waits for each answer before it sends the next.
 *
 * Returns what `work` does, committed; throws what it throws, rolled back.
 */
export const inTransaction = <T>(
  db: Kysely<Tables>,
  work: (trx: Kysely<Tables>) => Promise<T>,
): Promise<T> =>
  db.getExecutor().provideConnection(async (connection) => {
    const run = (statement: string) => connection.executeQuery(CompiledQuery.raw(statement));
    const trx = await on(connection, db);
    try {
      const [, result] = await Promise.all([run('BEGIN'), work(trx)]);
      await run('COMMIT');
      return result;
    } catch (error) {
      // What was lost with its connection is rolled back already.
      await run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  });

/** A connection as kysely has a database, with the plugins of the one it belongs to. */
async function on(connection: DatabaseConnection, db: Kysely<Tables>): Promise<Kysely<Tables>> {
  const alone = new Kysely<Tables>({
    plugins: [...db.getExecutor().plugins],
    dialect: drivenBy(driverOf(connection)),
  });
  // Makes the driver ready: statements that came while it is not might overtake each other.
  await alone.getExecutor().provideConnection(nothing);
  return alone;
}

const nothing = async () => undefined;

const driverOf = (connection: DatabaseConnection): Driver => ({
  init: nothing,
  acquireConnection: async () => connection,
  releaseConnection: nothing,
  beginTransaction: nothing,
  commitTransaction: nothing,
  rollbackTransaction: nothing,
  destroy: nothing,
});
