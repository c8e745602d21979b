import { EventStoreDBClient, eventTypeFilter, START } from '@eventstore/db-client';
import { publicPrefix } from '../src/events/catalogue.ts';
import { perSecond } from './stats.ts';

/** Reads `events` public events from `$all` with the client alone; answers events a second. */
export async function rawRead(url: string, events: number): Promise<number> {
  const client = EventStoreDBClient.connectionString(url);
  const startedAt = performance.now();
  const source = client.subscribeToAll({
    fromPosition: START,
    filter: eventTypeFilter({ prefixes: [publicPrefix], checkpointInterval: 1_000 }),
  });
  let read = 0;
  await new Promise<void>((resolve, reject) => {
    source.on('error', reject);
    source.on('data', () => {
      read += 1;
      if (read === events) resolve();
    });
  });
  const ms = performance.now() - startedAt;
  await source.unsubscribe();
  await client.dispose();
  return perSecond(read, ms);
}
