import { sql } from 'kysely';
import type { EventStore } from '../events/event-store.ts';
import { projectorName } from './checkpoint.ts';
import { type Generation, tableOf } from './generation.ts';
import { hasUnprojected } from './unprojected.ts';

export interface ProjectionStatus {
  readonly name: string;
  /** How far the read models have come; null before the first event. */
  readonly position: bigint | null;
  /** Position of the last event in the store; null when it is empty. */
  readonly head: bigint | null;
  /** Distance in the log between the two; 0 when nothing is left to project. */
  readonly gap: bigint;
  /** For how long something to project has been waiting; it grows with the clock. 0: nothing is. */
  readonly lag_seconds: number;
  readonly parked_streams: number;
  readonly parked_events: number;
  /** When the checkpoint was last moved. */
  readonly updated_at: string;
}

type StatusRow = Pick<
  ProjectionStatus,
  'position' | 'parked_streams' | 'parked_events' | 'updated_at'
>;

export interface StatusOptions extends Generation {
  readonly store: EventStore;
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number;
  /** How long the store may take to show what is left to project. */
  readonly searchMs?: number;
}

/** Positions remembered at once: an hour and a half of a projection that stands, asked every 5 s. */
const maxAhead = 1_000;

/**
 * Tells how far a projection is behind its source. One instance per process, asked regularly: lag
 * counts from when this process first saw the store ahead, because the time in an event is that of
 * its command, which may have been given long before it was recorded.
 */
export class ProjectionStatusReader {
  readonly #options: StatusOptions;
  /** Heads the projection has not reached yet, and when each was first seen; oldest first. */
  #ahead: { readonly head: bigint; readonly seenAt: number }[] = [];
  /** Up to here the store was searched and nothing was left to project. */
  #clearTo: bigint | null = null;

  constructor(options: StatusOptions) {
    this.#options = options;
  }

  /** Throws when the store or the database is away. */
  async read(): Promise<ProjectionStatus> {
    const { store, now = () => performance.now() } = this.#options;
    // The store first: what is then missing from the read models has been missing since.
    const head = await store.head();
    const seenAt = now();
    const row = await this.#readRow();
    const behind = head !== null && (await this.#isBehind(row.position, head));
    const reached = behind ? row.position : head;
    this.#ahead = this.#ahead.filter((seen) => reached === null || seen.head > reached);
    if (behind && this.#ahead.length < maxAhead) this.#ahead.push({ head, seenAt });
    const waitingSince = this.#ahead[0]?.seenAt ?? seenAt;
    return {
      name: projectorName,
      ...row,
      head,
      gap: behind ? head - (row.position ?? 0n) : 0n,
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

  async #readRow(): Promise<StatusRow> {
    const { db, schema } = this.#options;
    const { rows } = await sql<StatusRow>`
      SELECT position, updated_at, parked_streams, parked_events
      FROM ${tableOf(schema, 'checkpoint')}, (
        SELECT count(DISTINCT stream_id)::int AS parked_streams, count(*)::int AS parked_events
        FROM ${tableOf(schema, 'parked_events')}
      ) AS parked
      WHERE name = ${projectorName}`.execute(db);
    const [row] = rows;
    if (row === undefined) throw new Error(`There is no checkpoint in ${schema}`);
    return row;
  }
}

const later = (a: bigint | null, b: bigint | null): bigint | null =>
  a === null || (b !== null && b > a) ? b : a;
