import { publicPrefix } from '../events/catalogue.ts';
import type { EventStore } from '../events/event-store.ts';

/**
 * Whether there is an event to project after `after`, up to `head`. The tail of `$all` is often
 * bookkeeping, which a filtered subscription passes over in silence; so this looks at everything,
 * and has its answer with the first public event, or with the head. Checkpoints keep the distance
 * short when there is nothing. A search that was cut short says yes: no proof of being level.
 */
export async function hasUnprojected(
  store: EventStore,
  after: bigint | null,
  head: bigint,
  limitMs: number,
): Promise<boolean> {
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, AbortSignal.timeout(limitMs)]);
  try {
    for await (const message of store.subscribe({ after, typePrefixes: [''], signal })) {
      if (message.kind === 'checkpoint') {
        if (message.position >= head) return false;
      } else if (message.event.position > head) return false;
      else if (message.event.type.startsWith(publicPrefix)) return true;
      else if (message.event.position === head) return false;
    }
    return true;
  } finally {
    done.abort();
  }
}
