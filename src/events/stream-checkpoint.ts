import { randomUUID } from 'node:crypto';
import {
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  StoreUnavailableError,
  WrongRevisionError,
} from './event-store.ts';

/** How far a subscription has come. */
export interface Checkpoint {
  /** Everything up to here in `$all` is done; null before the beginning. */
  readonly position: bigint | null;
  /** The last event that was its own; null when there was none yet. */
  readonly lastEvent: bigint | null;
}

/** Someone else has moved the checkpoint: they lead, and this process has to stop. */
export class CheckpointLostError extends Error {
  override readonly name = 'CheckpointLostError';
}

export interface CheckpointOptions {
  readonly store: EventStore;
  /** Kept in stream `checkpoint-<name>`. */
  readonly name: string;
  readonly hostname: string;
  /** RFC 3339 UTC. */
  readonly now: () => string;
}

const checkpointSaved = 'checkpoint.saved';
const kept = 5;

/**
 * A subscription's checkpoint, kept in the event store beside what it is about. Each save names the
 * save it builds on: of two processes that both think they lead, the second to save learns better.
 */
export class StreamCheckpoint {
  readonly #options: CheckpointOptions;
  readonly #streamId: string;
  #expected: ExpectedRevision;
  #current: Checkpoint;
  #trimmed = false;
  /** A save whose outcome is unknown: it is sent again as it was before anything newer is. */
  #unsettled: { readonly event: NewEvent; readonly value: Checkpoint } | null = null;

  private constructor(
    options: CheckpointOptions,
    streamId: string,
    expected: ExpectedRevision,
    current: Checkpoint,
  ) {
    this.#options = options;
    this.#streamId = streamId;
    this.#expected = expected;
    this.#current = current;
  }

  /** Reads where the last leader stopped. Throws `StoreUnavailableError` when the store is away. */
  static async load(options: CheckpointOptions): Promise<StreamCheckpoint> {
    const streamId = `checkpoint-${options.name}`;
    const last = await options.store.readLast(streamId);
    if (last === null) {
      const beginning = { position: null, lastEvent: null };
      return new StreamCheckpoint(options, streamId, 'no_stream', beginning);
    }
    const current = {
      position: positionIn(last.data.position),
      lastEvent: positionIn(last.data.last_event),
    };
    return new StreamCheckpoint(options, streamId, last.revision, current);
  }

  /** The last value known to be saved. */
  get current(): Checkpoint {
    return this.#current;
  }

  /**
   * Saves a value; one call at a time. Throws `CheckpointLostError` when another process saved in
   * the meantime, `StoreUnavailableError` when the store is away: then call again.
   */
  async save(value: Checkpoint): Promise<void> {
    if (this.#unsettled !== null) await this.#settle(this.#unsettled);
    if (value.position === this.#current.position) return;
    await this.#settle({ event: this.#eventOf(value), value });
    if (!this.#trimmed) await this.#trim();
  }

  async #settle(save: { readonly event: NewEvent; readonly value: Checkpoint }): Promise<void> {
    const { store } = this.#options;
    this.#unsettled = save;
    try {
      const { revision } = await store.append(this.#streamId, this.#expected, [save.event]);
      this.#expected = revision;
    } catch (error) {
      if (!(error instanceof WrongRevisionError)) throw error;
      const last = await store.readLast(this.#streamId);
      if (last?.id !== save.event.id) {
        throw new CheckpointLostError(`Another process has moved ${this.#streamId}`);
      }
      this.#expected = last.revision;
    }
    this.#unsettled = null;
    this.#current = save.value;
  }

  /** Only housekeeping, so a store that goes away here is met by the next save. */
  async #trim(): Promise<void> {
    try {
      await this.#options.store.keepOnly(this.#streamId, kept);
      this.#trimmed = true;
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
  }

  #eventOf(value: Checkpoint): NewEvent {
    // Not derived from the revision: two leaders' saves would then count as one and the same.
    const id = randomUUID();
    const { hostname, now } = this.#options;
    return {
      id,
      type: checkpointSaved,
      data: { position: textOf(value.position), last_event: textOf(value.lastEvent) },
      metadata: {
        command_id: id,
        $correlationId: id,
        $causationId: id,
        actor: 'imi',
        source: { host: hostname, type: 'service', app: 'imi' },
        schema_version: 1,
        occurred_at: now(),
      },
    };
  }
}

const textOf = (position: bigint | null): string | null =>
  position === null ? null : String(position);

const positionIn = (value: unknown): bigint | null =>
  typeof value === 'string' ? BigInt(value) : null;
