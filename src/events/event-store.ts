/** JSON object as it stands in an event: what `JSON.parse` gives. */
export type JsonObject = { readonly [key: string]: unknown };

/** Metadata that every iMi event carries (spec/domain.md, "Streams and events"). */
export interface EventMetadata {
  readonly command_id: string;
  /** Trace root. The `$` names are the ones EventStoreDB's own tools understand. */
  readonly $correlationId: string;
  /** The command or event that caused this one. */
  readonly $causationId: string;
  /** Who asked: API key name, agent id or producer. */
  readonly actor: string;
  readonly source: { readonly host: string; readonly type: string; readonly app: string };
  readonly schema_version: number;
  /** RFC 3339 UTC, taken from the command, so that a retry writes the same bytes. */
  readonly occurred_at: string;
  /** The id as the sender wrote it, when it was not a UUID. */
  readonly original_command_id?: string;
  /** W3C trace context of the append, when traces were collected. */
  readonly traceparent?: string;
}

export interface NewEvent {
  readonly id: string;
  readonly type: string;
  readonly data: JsonObject;
  readonly metadata: EventMetadata;
}

export interface RecordedEvent extends NewEvent {
  readonly streamId: string;
  /** Place in the stream, from 0. */
  readonly revision: number;
  /** Place in `$all`: the commit position. */
  readonly position: bigint;
}

/** Revision the stream must have: the last one written, or that it does not exist. */
export type ExpectedRevision = number | 'no_stream';

export interface AppendResult {
  /** Revision of the last event written. */
  readonly revision: number;
  /** Position of the last event written. */
  readonly position: bigint;
}

/** What a subscription yields: an event, or how far `$all` was searched without a match. */
export type SubscriptionMessage =
  | { readonly kind: 'event'; readonly event: RecordedEvent }
  | { readonly kind: 'checkpoint'; readonly position: bigint };

export interface SubscribeOptions {
  /** Deliver what comes after this position; from the beginning when absent. */
  readonly after: bigint | null;
  /** Only event types with one of these prefixes. */
  readonly typePrefixes: readonly string[];
  /** Ends the subscription without an error. */
  readonly signal: AbortSignal;
}

export interface ReadAllOptions {
  /** With time, or against it. */
  readonly direction: 'forwards' | 'backwards';
  /** Begin beyond this position; at the beginning, or the end, when null. */
  readonly from: bigint | null;
  /** Events to hand out, at most. */
  readonly limit: number;
}

/**
 * The event store as the rest of iMi sees it. Outside failures surface as one of three errors:
 * `WrongRevisionError` (the stream is elsewhere, nothing was written), `StoreUnavailableError`
 * (away, or the outcome of an append is unknown; the same append may be sent again with the same
 * event ids and expected revision), or the unknown error itself.
 */
export interface EventStore {
  /** Atomic. Sending the same events again at the same place answers as the first time. */
  append(
    streamId: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<AppendResult>;
  /** Events of a stream from a revision on, oldest first; empty when there is no such stream. */
  readStream(streamId: string, fromRevision?: number): AsyncIterable<RecordedEvent>;
  /** The last event of a stream, or null when there is no such stream. */
  readLast(streamId: string): Promise<RecordedEvent | null>;
  /**
   * `$all` from a position on, live. Never comes back by itself: an error ends the iteration, and
   * the consumer subscribes again after the last position it has processed.
   */
  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionMessage>;
  /**
   * The same, with all that came together handed on together: for who has a lot to catch up with,
   * since each message by itself costs as much as to decode it.
   */
  subscribeTogether(options: SubscribeOptions): AsyncIterable<readonly SubscriptionMessage[]>;
  /**
   * A piece of `$all` as it stands, either way. Whatever anybody wrote is in it, the server's own
   * events too: the limit bounds the cost, not the matches.
   */
  readAll(options: ReadAllOptions): AsyncIterable<RecordedEvent>;
  /** Position of the last event in `$all`, or null when it is empty. */
  head(): Promise<bigint | null>;
  /** Keeps only the newest `count` events of a stream (`$maxCount`). */
  keepOnly(streamId: string, count: number): Promise<void>;
  close(): Promise<void>;
}

export class WrongRevisionError extends Error {
  override readonly name = 'WrongRevisionError';
  readonly streamId: string;
  readonly expected: ExpectedRevision;
  constructor(streamId: string, expected: ExpectedRevision) {
    super(`Stream ${streamId} is not at revision ${expected}`);
    this.streamId = streamId;
    this.expected = expected;
  }
}

export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}
