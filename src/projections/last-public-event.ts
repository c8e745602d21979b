import { publicPrefix } from '../events/catalogue.ts';
import type { EventStore } from '../events/event-store.ts';

const page = 500;

/** Position of the last event in the log that is projected; null when there is none. */
export async function lastPublicEvent(store: EventStore): Promise<bigint | null> {
  for (let from: bigint | null = null; ; ) {
    let read = 0;
    for await (const event of store.readAll({ direction: 'backwards', from, limit: page })) {
      if (event.type.startsWith(publicPrefix)) return event.position;
      from = event.position;
      read += 1;
    }
    if (read === 0) return null;
  }
}
