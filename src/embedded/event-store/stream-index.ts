import { decodeMessage, type StoredRecord, TOMBSTONE } from './record.ts';
import { factsFromMetadata, NO_FACTS, type StreamFacts } from './stream-facts.ts';

const METADATA_PREFIX = '$$';

/** Name of the stream that holds another stream's metadata. */
export const metadataStreamOf = (stream: string): string => METADATA_PREFIX + stream;

const META_FACTS: StreamFacts = { ...NO_FACTS, maxCount: 1 };

/** One stream: what readers see of it, and what the next append must know (synced or not). */
export interface StreamState {
  readonly name: string;
  readonly number: number;
  /** Ordinals in `$all` of the readable events, by revision. */
  readonly ordinals: number[];
  visible: StreamFacts;
  /** Revision that the next event gets. */
  nextRevision: number;
  written: StreamFacts;
}

/**
 * What is in the log, in memory: about 40 bytes an event. Events are named by their ordinal, their
 * place in `$all` counted from 0. Only synced events are published here.
 */
export class StreamIndex {
  readonly #positions: number[] = [];
  readonly #lengths: number[] = [];
  readonly #streamNumbers: number[] = [];
  readonly #typeNumbers: number[] = [];
  readonly #streams = new Map<string, StreamState>();
  readonly #streamNames: string[] = [];
  readonly #types = new Map<string, number>();
  readonly #typeNames: string[] = [];

  /** Number of events in `$all`. */
  get count(): number {
    return this.#positions.length;
  }

  find(name: string): StreamState | undefined {
    return this.#streams.get(name);
  }

  /** The state of a stream, created empty when it is new. */
  open(name: string): StreamState {
    let state = this.#streams.get(name);
    if (!state) {
      const facts = name.startsWith(METADATA_PREFIX) ? META_FACTS : NO_FACTS;
      state = {
        name,
        number: this.#streamNames.push(name) - 1,
        ordinals: [],
        visible: facts,
        nextRevision: 0,
        written: facts,
      };
      this.#streams.set(name, state);
    }
    return state;
  }

  /** What an append changes for the next append, before it is on disk. */
  noteWritten(record: StoredRecord): void {
    const state = this.open(record.stream);
    if (record.revision !== TOMBSTONE) state.nextRevision = record.revision + 1;
    this.#applyFacts(record, (target, facts) => {
      target.written = facts;
    });
  }

  /** Makes a synced event readable. */
  publish(record: StoredRecord): void {
    const state = this.open(record.stream);
    const ordinal = this.#positions.push(record.position) - 1;
    this.#lengths.push(record.message.length);
    this.#streamNumbers.push(state.number);
    this.#typeNumbers.push(this.#typeNumber(record.type));
    if (record.revision !== TOMBSTONE) state.ordinals.push(ordinal);
    this.#applyFacts(record, (target, facts) => {
      target.visible = facts;
    });
  }

  position(ordinal: number): number {
    return this.#positions[ordinal] as number;
  }

  length(ordinal: number): number {
    return this.#lengths[ordinal] as number;
  }

  streamNumber(ordinal: number): number {
    return this.#streamNumbers[ordinal] as number;
  }

  streamName(streamNumber: number): string {
    return this.#streamNames[streamNumber] as string;
  }

  typeNumber(ordinal: number): number {
    return this.#typeNumbers[ordinal] as number;
  }

  typeName(typeNumber: number): string {
    return this.#typeNames[typeNumber] as string;
  }

  /** The first ordinal whose position is at or after `position`. */
  ordinalFrom(position: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.position(middle) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #typeNumber(type: string): number {
    let number = this.#types.get(type);
    if (number === undefined) {
      number = this.#typeNames.push(type) - 1;
      this.#types.set(type, number);
    }
    return number;
  }

  #applyFacts(
    record: StoredRecord,
    apply: (target: StreamState, facts: StreamFacts) => void,
  ): void {
    if (record.revision === TOMBSTONE) {
      apply(this.open(record.stream), { ...NO_FACTS, tombstoned: true });
    } else if (record.type === '$metadata' && record.stream.startsWith(METADATA_PREFIX)) {
      const target = this.open(record.stream.slice(METADATA_PREFIX.length));
      if (target.written.tombstoned) return;
      apply(target, factsFromMetadata(decodeMessage(record.message).data.toString()));
    }
  }
}
