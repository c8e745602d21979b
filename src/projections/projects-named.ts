import { sql } from 'kysely';
import { askReadModels } from './ask-read-models.ts';
import { type Generation, tableOf } from './generation.ts';
import type { PositionWaiter } from './waiter.ts';

const patienceMs = 5_000;

// More are as ambiguous as these.
const maxRows = 20;

/**
 * Finds the active projects with a name, once the read models have come to a position. Throws
 * `StoreUnavailableError` while the database is away, and another error when the read models do not
 * come that far in time.
 */
export const projectsNamedIn =
  ({ db, schema }: Generation, waiter: PositionWaiter, waitMs = patienceMs) =>
  async (name: string, position: bigint | null): Promise<readonly string[]> => {
    const current = position === null || (await waiter.waitFor(position, waitMs));
    const ids = await idsOf(name, { db, schema });
    if (!current) throw new Error(`The read models have not come to position ${position} yet`);
    return ids;
  };

async function idsOf(name: string, { db, schema }: Generation): Promise<readonly string[]> {
  const query = sql<{ id: string }>`
      SELECT id FROM ${tableOf(schema, 'projects')}
      WHERE name = ${name} AND active ORDER BY id LIMIT ${maxRows}`;
  return (await askReadModels(query.execute(db))).rows.map(({ id }) => id);
}
