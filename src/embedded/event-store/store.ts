import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkEvents, earlierRevision, expectRevision, refuseTombstoned } from './append-rules.ts';
import { WrongExpectedVersion } from './errors.ts';
import { lockFolder } from './folder-lock.ts';
import { encodeFrame } from './frame.ts';
import { LogFile } from './log-file.ts';
import { readMessages, recentMessages } from './message-reader.ts';
import type { PlacedEvent, ProposedEvent } from './proposed-event.ts';
import { RecentIds } from './recent-ids.ts';
import { decodeMessage, decodeRecords, type StoredRecord, TOMBSTONE } from './record.ts';
import { metadataWithTruncateBefore } from './stream-facts.ts';
import { metadataStreamOf, StreamIndex, type StreamState } from './stream-index.ts';

/** What an append answers: the last revision (-1 when there is no stream) and its position. */
export interface Appended {
  readonly revision: number;
  readonly position: number | null;
}

/**
 * Streams on top of the log: decides appends by EventStoreDB's rules for expected revisions and
 * idempotence, and answers only for what is on disk.
 */
export class Store {
  readonly index: StreamIndex;
  readonly #log: LogFile;
  readonly #recent: RecentIds;
  readonly #unlock: () => void;
  readonly #listeners: Set<() => void>;

  private constructor(
    index: StreamIndex,
    log: LogFile,
    recent: RecentIds,
    unlock: () => void,
    listeners: Set<() => void>,
  ) {
    this.index = index;
    this.#log = log;
    this.#recent = recent;
    this.#unlock = unlock;
    this.#listeners = listeners;
  }

  /**
   * Opens the store of a folder.
   * @param onFailure called once when the log cannot be written; every later append fails.
   * @throws DataFolderLocked, CorruptLog
   */
  static async open(dataDir: string, onFailure: (error: Error) => void): Promise<Store> {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const unlock = lockFolder(dataDir);
    try {
      const index = new StreamIndex();
      const recent = new RecentIds();
      const listeners = new Set<() => void>();
      const log = await LogFile.open(join(dataDir, 'events.log'), {
        recovered: (payload, offset) => {
          for (const record of decodeRecords(payload, offset)) {
            index.noteWritten(record);
            index.publish(record);
            recent.add(record.id, record.stream, record.revision);
          }
        },
        synced: () => {
          for (const listener of listeners) listener();
        },
        failed: onFailure,
      });
      return new Store(index, log, recent, unlock, listeners);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /**
   * Appends events to a stream, atomically.
   * @throws WrongExpectedVersion, StreamDeleted, MaxAppendSizeExceeded, InvalidArgument, Unavailable
   */
  async append(
    stream: string,
    expected: number,
    events: readonly ProposedEvent[],
  ): Promise<Appended> {
    checkEvents(stream, events);
    if (this.#log.isFull) await this.#log.room();
    // From here to `#write` nothing may be awaited: the decision holds for this moment only.
    const state = this.index.open(stream);
    refuseTombstoned(state);
    const earlier = earlierRevision(this.#recent, state, expected, events);
    if (earlier !== null) return this.#answerAgain(state, expected, earlier, events);
    expectRevision(state, expected);
    if (events.length === 0) return this.#lastOf(state);

    const placed = events.map((event, i) => ({ stream, revision: state.nextRevision + i, event }));
    const revive = state.written.softDeleted ? [this.#truncate(state, state.nextRevision)] : [];
    const position = await this.#write([...revive, ...placed]);
    return { revision: (placed.at(-1) as PlacedEvent).revision, position };
  }

  /** Deletes a stream so that it may be written again (`$tb` in its metadata); throws as `append`. */
  async delete(stream: string, expected: number): Promise<number> {
    const state = this.index.open(stream);
    refuseTombstoned(state);
    expectRevision(state, expected);
    return this.#write([this.#truncate(state, null)]);
  }

  /** Deletes a stream for ever; throws as `append`. */
  async tombstone(stream: string, expected: number): Promise<number> {
    const state = this.index.open(stream);
    refuseTombstoned(state);
    expectRevision(state, expected);
    const event = systemEvent('$streamDeleted', '{}');
    return this.#write([{ stream, revision: TOMBSTONE, event }]);
  }

  /** The `RecordedEvent` messages of events, by their ordinals in `$all`; at once when they are new. */
  messages(ordinals: readonly number[]): Buffer[] | Promise<Buffer[]> {
    return (
      recentMessages(this.#log, this.index, ordinals) ??
      readMessages(this.#log, this.index, ordinals)
    );
  }

  /** Calls back whenever more events have become readable, until the returned function is called. */
  onPublished(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Finishes what was accepted, then closes the log and gives the folder back. */
  async close(): Promise<void> {
    await this.#log.close();
    this.#unlock();
  }

  async #answerAgain(
    state: StreamState,
    expected: number,
    from: number,
    events: readonly ProposedEvent[],
  ): Promise<Appended> {
    const actual = state.nextRevision - 1;
    const last = from + events.length - 1;
    if (last > actual) throw new WrongExpectedVersion(state.name, expected, actual);
    // The first time may still be on its way to the disk.
    if (last >= state.ordinals.length) await this.#log.barrier();
    const messages = await this.messages(state.ordinals.slice(from, last + 1));
    if (messages.some((message, i) => decodeMessage(message).id !== events[i]?.id))
      throw new WrongExpectedVersion(state.name, expected, actual);
    return { revision: last, position: this.index.position(state.ordinals[last] as number) };
  }

  #lastOf(state: StreamState): Appended {
    const ordinal = state.ordinals.at(-1);
    const position = ordinal === undefined ? null : this.index.position(ordinal);
    return { revision: state.ordinals.length - 1, position };
  }

  #truncate(state: StreamState, truncateBefore: number | null): PlacedEvent {
    const stream = metadataStreamOf(state.name);
    const data = metadataWithTruncateBefore(state.written, truncateBefore);
    return {
      stream,
      revision: this.index.open(stream).nextRevision,
      event: systemEvent('$metadata', data),
    };
  }

  /** Writes one frame; resolves with the position of its last event once that can be read. */
  #write(placed: readonly PlacedEvent[]): Promise<number> {
    const { frame, records } = encodeFrame(placed, this.#log.nextOffset);
    const { position } = records.at(-1) as StoredRecord;
    return new Promise((resolve, reject) => {
      const durable = () => {
        for (const record of records) this.index.publish(record);
        resolve(position);
      };
      this.#log.append(frame, durable, reject);
      for (const record of records) {
        this.index.noteWritten(record);
        this.#recent.add(record.id, record.stream, record.revision);
      }
    });
  }
}

function systemEvent(type: string, data: string): ProposedEvent {
  return {
    id: randomUUID(),
    type,
    contentType: 'application/json',
    data: Buffer.from(data),
    metadata: Buffer.alloc(0),
  };
}
