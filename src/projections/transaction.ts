import { CompiledQuery, type DatabaseConnection, type Driver, Kysely, sql } from 'kysely';
import { allAnswered } from './all-answered.ts';
import type { Tables } from './database.ts';
import { drivenBy } from './driven-by.ts';

// Nothing is deferred in transactions that write: this is how a statement can tell that it is in one.
const begin = 'BEGIN DEFERRABLE';

/** A condition: true in `inTransaction`, not in a transaction of the statement's own. */
export const begun = sql<boolean>`current_setting('transaction_deferrable')::boolean`;

/** How a transaction ends: with these statements, ready to be sent, and what it answers then. */
export interface Ending<T> {
  readonly last: readonly CompiledQuery[];
  readonly result: T;
}

/**
 * A transaction whose statements are sent as they are given, behind those that still wait for their
 * answers: what `work` asks for at once takes one way to the database and back, the beginning of the
 * transaction included; and so do the last statements, which are sent in their order together with
 * the end. kysely's own waits for each answer before it sends the next.
 *
 * Returns the result, committed. Throws what `work` throws, or the error of the first statement that
 * failed, rolled back: PostgreSQL does not commit a transaction in which one has.
 */
export const inTransaction = <T>(
  db: Kysely<Tables>,
  work: (trx: Kysely<Tables>) => Promise<Ending<T>>,
): Promise<T> =>
  db.getExecutor().provideConnection(async (connection) => {
    const trx = await on(connection, db);
    // The same way as all others: one that is shorter would let it overtake them.
    const run = (statement: string) => trx.executeQuery(CompiledQuery.raw(statement));
    try {
      const [, { last, result }] = await Promise.all([run(begin), work(trx)]);
      await allAnswered([...last.map((query) => trx.executeQuery(query)), run('COMMIT')]);
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
