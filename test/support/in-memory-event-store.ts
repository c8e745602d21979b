import {
  type AppendResult,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  type ReadAllOptions,
  type RecordedEvent,
  type SubscribeOptions,
  type SubscriptionMessage,
  WrongRevisionError,
} from '../../src/events/event-store.ts';

/**
 * The event store port in memory, with the idempotence of the real one, for tests of pure logic.
 * `beforeAppend` and `afterAppend` are where a test lets a process die: what they throw is what the
 * caller sees, with the events unwritten or written.
 */
export class InMemoryEventStore implements EventStore {
  readonly all: RecordedEvent[] = [];
  readonly #streams = new Map<string, RecordedEvent[]>();
  beforeAppend: (streamId: string) => void | Promise<void> = () => {};
  afterAppend: (streamId: string) => void | Promise<void> = () => {};

  async append(
    streamId: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<AppendResult> {
    await this.beforeAppend(streamId);
    const result = this.#write(streamId, expected, events);
    await this.afterAppend(streamId);
    return result;
  }

  #write(streamId: string, expected: ExpectedRevision, events: readonly NewEvent[]): AppendResult {
    const stream = this.#streams.get(streamId) ?? [];
    const place = expected === 'no_stream' ? 0 : expected + 1;
    if (stream.length !== place) {
      const there = stream.slice(place, place + events.length);
      const last = there.at(-1);
      const repeated =
        there.length === events.length && there.every((event, i) => event.id === events[i]?.id);
      if (repeated && last) return { revision: last.revision, position: last.position };
      throw new WrongRevisionError(streamId, expected);
    }
    for (const event of events) {
      const data = JSON.parse(JSON.stringify(event.data));
      const position = BigInt(this.all.length * 10);
      const recorded = { ...event, data, streamId, revision: stream.length, position };
      stream.push(recorded);
      this.all.push(recorded);
    }
    this.#streams.set(streamId, stream);
    const last = stream.at(-1) as RecordedEvent;
    return { revision: last.revision, position: last.position };
  }

  async *readStream(streamId: string, fromRevision = 0): AsyncIterable<RecordedEvent> {
    yield* (this.#streams.get(streamId) ?? []).slice(fromRevision);
  }

  async readLast(streamId: string): Promise<RecordedEvent | null> {
    await Promise.resolve();
    return this.#streams.get(streamId)?.at(-1) ?? null;
  }

  async *subscribe({ after, typePrefixes }: SubscribeOptions): AsyncIterable<SubscriptionMessage> {
    for (const event of this.all) {
      if (after !== null && event.position <= after) continue;
      if (typePrefixes.some((prefix) => event.type.startsWith(prefix))) {
        yield { kind: 'event', event };
      }
    }
  }

  async *subscribeTogether(
    options: SubscribeOptions,
  ): AsyncIterable<readonly SubscriptionMessage[]> {
    for await (const message of this.subscribe(options)) yield [message];
  }

  async *readAll({ direction, from, limit }: ReadAllOptions): AsyncIterable<RecordedEvent> {
    await Promise.resolve();
    const forwards = direction === 'forwards';
    const beyond = this.all.filter(({ position }) =>
      from === null ? true : forwards ? position > from : position < from,
    );
    yield* (forwards ? beyond : beyond.reverse()).slice(0, limit);
  }

  async head(): Promise<bigint | null> {
    return this.all.at(-1)?.position ?? null;
  }

  async keepOnly(): Promise<void> {}

  async close(): Promise<void> {}

  /** The public events of all streams, oldest first. */
  get published(): RecordedEvent[] {
    return this.all.filter((event) => event.type.startsWith('imi.'));
  }
}
