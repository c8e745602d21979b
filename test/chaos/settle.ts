import { setTimeout as delay } from 'node:timers/promises';
import { publicPrefix } from '../../src/events/catalogue.ts';
import type { EventStore, RecordedEvent } from '../../src/events/event-store.ts';
import { everyEvent } from '../support/every-event.ts';
import type { Audit } from './audit.ts';
import type { Ledger } from './ledger.ts';
import { reckon } from './outcomes.ts';
import type { ReadSide } from './read-side.ts';
import type { Stand } from './stand.ts';

export interface SettleOptions {
  readonly stand: Stand;
  readonly store: EventStore;
  readonly audit: Audit;
  readonly readSide: ReadSide;
  readonly ledger: Ledger;
  readonly limitMs: number;
}

export interface Settled {
  /** Everything in the store. */
  readonly events: readonly RecordedEvent[];
  /** What was still amiss when time was up; empty when all had come to rest. */
  readonly amiss: readonly string[];
}

const lookEveryMs = 500;

/**
 * Waits, with nothing out of order any more, until everything that was begun is done: no command
 * waits, every event is published and in the read models, every service says that it is healthy,
 * which it also is while a projector is some seconds behind. Nobody is restarted.
 */
export async function settle(options: SettleOptions): Promise<Settled> {
  const { store, audit, readSide, ledger, limitMs } = options;
  const deadline = performance.now() + limitMs;
  const events: RecordedEvent[] = [];
  for (;;) {
    // A first call may find out that the connection has died since the last.
    const news = await everyEvent(store, events.at(-1)?.position ?? null).catch(() => null);
    events.push(...(news ?? []));
    const own = events.filter(({ type }) => type.startsWith(publicPrefix));
    const last = own.at(-1)?.position ?? null;
    const { lost } = reckon(ledger.entries.values(), events);
    const shown = await readSide.reached().catch(() => 'unknown');
    const waiting = await audit.depthOf('imi.commands').catch(() => null);
    const amiss = [
      ...(news === null || news.some(({ type }) => type.startsWith(publicPrefix))
        ? ['events are still being written']
        : []),
      ...(lost.length > 0 ? [`${lost.length} commands have no outcome`] : []),
      ...(waiting === 0 ? [] : [`${waiting ?? 'unknown'} commands wait in their queue`]),
      ...(audit.first.length === own.length
        ? []
        : [`${audit.first.length} of ${own.length} events published`]),
      ...(shown === last ? [] : [`the read models are at ${shown}, the last event at ${last}`]),
      ...(await unhealthy(options)),
    ];
    if (amiss.length === 0 || performance.now() > deadline) return { events, amiss };
    await delay(lookEveryMs);
  }
}

async function unhealthy({ stand }: SettleOptions): Promise<string[]> {
  const found = await Promise.all(
    stand.services.map(async ({ name, url }) => {
      const health = await fetch(`${url}/health`)
        .then((response) => response.json() as Promise<{ readonly status: string }>)
        .catch((error: Error) => ({ status: error.message }));
      return health.status === 'healthy'
        ? []
        : [`${name} is not healthy: ${JSON.stringify(health)}`];
    }),
  );
  return found.flat();
}
