import { readConfig } from '../config.ts';
import { startSurroundings } from '../embedded/embedded-default.ts';
import { connectEventStore } from '../events/esdb-event-store.ts';
import { type EventStore, StoreUnavailableError } from '../events/event-store.ts';
import { connectDatabase } from '../projections/database.ts';
import { isDatabaseAway } from '../projections/database-away.ts';
import type { Generation } from '../projections/generation.ts';
import { liveSchema } from '../projections/tables.ts';
import { AwayError } from './failure.ts';

/** The live generation and the event store it is made from. */
export interface Stores extends Generation {
  readonly store: EventStore;
  /** Aborted when the operator wants to stop. */
  readonly signal: AbortSignal;
}

/** One for the lock, one that holds the projector still, one that catches up, one to spare. */
const poolSize = 4;

/**
 * Runs an operator's work on the stores that the settings name. Embedded ones are started for it,
 * which their folder allows while no iMi runs on it. Throws `AwayError` when a store is away.
 */
export async function withStores<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
  const surroundings = await startSurroundings(readConfig(process.env));
  const db = connectDatabase(surroundings.databaseUrl, {
    ...{ poolSize, applicationName: 'imi cli', statementTimeoutMs: 0 },
  });
  const store = connectEventStore(surroundings.eventStoreUrl);
  const stopped = new AbortController();
  const message =
    'Stopped; the live read models are as they were. The same command goes on from here';
  const stop = () => stopped.abort(new Error(message));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    return await work({ db, schema: liveSchema, store, signal: stopped.signal });
  } catch (error) {
    if ((error as { code?: unknown }).code === undefinedTable) {
      const none =
        'There are no read models in this database; "imi projections rebuild" makes them';
      throw new Error(none, { cause: error });
    }
    if (!(error instanceof StoreUnavailableError) && !isDatabaseAway(error)) throw error;
    throw new AwayError(`A store is away: ${(error as Error).message}`, { cause: error });
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    await store.close();
    await db.destroy();
    await surroundings.close();
  }
}

const undefinedTable = '42P01';
