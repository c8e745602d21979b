import type { EventStore } from '../events/event-store.ts';
import { hasUnprojected } from './unprojected.ts';

/** How far something that follows the log is behind it. */
export interface Lag {
  /** Position of the last event in the store; null when it is empty. */
  readonly head: bigint | null;
  /** Distance in the log to the head; 0 when nothing is left to do. */
  readonly gap: bigint;
  /** For how long something has been waiting; it grows with the clock. 0: nothing is. */
  readonly lag_seconds: number;
}

export interface SourceLagOptions {
  readonly store: EventStore;
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number;
  /** How long the store may take to show what is left to do. */
  readonly searchMs?: number;
}

/** Positions remembered at once: an hour and a half of a follower that stands, asked every 5 s. */
const maxAhead = 1_000;

/**
 * Measures how far a follower of the log is behind it. One instance per follower, asked regularly:
 * lag counts from when this process first saw the store ahead, because the time in an event is that
 * of its command, which may have been given long before it was recorded.
 */
export class SourceLag {
  readonly #options: SourceLagOptions;
  /** Heads the follower has not reached yet, and when each was first seen; oldest first. */
  #ahead: { readonly head: bigint; readonly seenAt: number }[] = [];
  /** Up to here the store was searched and nothing was left to do. */
  #clearTo: bigint | null = null;

  constructor(options: SourceLagOptions) {
    this.#options = options;
  }

  /** Reads the follower's place and answers it with its lag. Throws when the store is away. */
  async measure<T extends { readonly position: bigint | null }>(
    readPlace: () => T | Promise<T>,
  ): Promise<T & Lag> {
    const { store, now = () => performance.now() } = this.#options;
    // The store first: what the follower then lacks, it has been lacking since.
    const head = await store.head();
    const seenAt = now();
    const place = await readPlace();
    const { position } = place;
    const behind = head !== null && (await this.#isBehind(position, head));
    const reached = behind ? position : head;
    this.#ahead = this.#ahead.filter((seen) => reached === null || seen.head > reached);
    if (behind && this.#ahead.length < maxAhead) this.#ahead.push({ head, seenAt });
    const waitingSince = this.#ahead[0]?.seenAt ?? seenAt;
    return {
      ...place,
      head,
      gap: behind ? head - (position ?? 0n) : 0n,
      lag_seconds: behind ? (now() - waitingSince) / 1000 : 0,
    };
  }

  async #isBehind(position: bigint | null, head: bigint): Promise<boolean> {
    const { store, searchMs = 5_000 } = this.#options;
    const after = later(position, this.#clearTo);
    if (after !== null && after >= head) return false;
    const behind = await hasUnprojected(store, after, head, searchMs);
    if (!behind) this.#clearTo = head;
    return behind;
  }
}

const later = (a: bigint | null, b: bigint | null): bigint | null =>
  a === null || (b !== null && b > a) ? b : a;
