import { StoreUnavailableError } from '../events/event-store.ts';
import { isDatabaseAway } from './database-away.ts';

/**
 * The answer of a query that the handling of a message depends on. Throws `StoreUnavailableError`
 * while the database is away, so that the message waits instead of failing.
 */
export async function askReadModels<T>(query: Promise<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    throw new StoreUnavailableError('The read models cannot be asked', { cause: error });
  }
}
