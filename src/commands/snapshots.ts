import { LRUCache } from 'lru-cache';
import type { ImiEvent } from '../events/catalogue.ts';
import type { EventStore, RecordedEvent } from '../events/event-store.ts';
import { type Aggregate, Snapshot, streamOf } from './aggregate.ts';
import type { WrittenEvent } from './command.ts';

// The handler has checked what it has just written.
const asWritten = (event: RecordedEvent): ImiEvent => event as ImiEvent;

// Counted in remembered things of `bytesOfAThing` each.
const maxWeight = 400_000;

/**
 * Entities folded in memory, one cache for all of a process. A cached one may be behind its stream:
 * what is decided on it is either confirmed by an append that expects its revision, or decided again
 * after `refresh`.
 */
export class Snapshots {
  readonly #store: EventStore;
  readonly #cache = new LRUCache<string, Snapshot<unknown>>({
    maxSize: maxWeight,
    sizeCalculation: ({ outcomes, remembered }) => 10 + outcomes.size + Math.ceil(remembered),
  });

  constructor(store: EventStore) {
    this.#store = store;
  }

  /** The entity as last seen; read from its stream only when it is not in memory. */
  async get<S>(aggregate: Aggregate<S>, id: string): Promise<Snapshot<S>> {
    const cached = this.#cache.get(streamOf(aggregate, id));
    return cached ? (cached as Snapshot<S>) : this.refresh(aggregate, id);
  }

  /** The entity as its stream tells it now. */
  async refresh<S>(aggregate: Aggregate<S>, id: string): Promise<Snapshot<S>> {
    const streamId = streamOf(aggregate, id);
    const known = this.#cache.get(streamId) as Snapshot<S> | undefined;
    const snapshot = known ?? new Snapshot<S>();
    for await (const event of this.#store.readStream(streamId, snapshot.revision + 1)) {
      snapshot.fold(aggregate, event);
    }
    if (snapshot.revision >= 0) this.#cache.set(streamId, snapshot);
    return snapshot;
  }

  /** Folds what was just appended, its last event at `position`. */
  advance<S>(
    aggregate: Aggregate<S>,
    id: string,
    snapshot: Snapshot<S>,
    events: readonly WrittenEvent[],
    position: bigint,
  ): void {
    for (const event of events) snapshot.fold(aggregate, { ...event, position }, asWritten);
    this.#cache.set(streamOf(aggregate, id), snapshot);
  }
}
