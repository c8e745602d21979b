import { randomUUID } from 'node:crypto';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import { DEFAULT_RETRY, EsdbAppender, type RetryOptions } from './esdb-append.ts';
import { EsdbConnection } from './esdb-connection.ts';
import { hasType } from './esdb-errors.ts';
import { readEvents, subscribeToAll } from './esdb-read.ts';
import { readOfAll, readOfStream } from './esdb-requests.ts';
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
} from './event-store.ts';
import { defaultSilenceMs, watchedSubscription } from './watched-subscription.ts';

export interface StoreOptions extends RetryOptions {
  /** Silence of a subscription after which it is looked into. */
  readonly silenceMs: number;
  /** How long a connection may leave all calls unanswered; 15 s unless told. */
  readonly connectionMs?: number;
}

/**
 * Connects to EventStoreDB, KurrentDB or the embedded server; the connection is made with the first
 * call.
 * @param url connection string, `esdb://…` or `esdb+discover://…`
 * @throws Error when the connection string cannot be read.
 */
export function connectEventStore(url: string, options: Partial<StoreOptions> = {}): EventStore {
  return new EsdbEventStore(url, { ...DEFAULT_RETRY, silenceMs: defaultSilenceMs, ...options });
}

/** The event store port on `@eventstore/db-client`; errors and semantics as the port says. */
class EsdbEventStore implements EventStore {
  readonly #connection: EsdbConnection;
  readonly #appender: EsdbAppender;
  /** How long a read may wait for its next event. */
  readonly #answerMs: number;
  readonly #silenceMs: number;

  constructor(url: string, options: StoreOptions) {
    this.#connection = new EsdbConnection(url, options.connectionMs);
    this.#appender = new EsdbAppender(this.#connection, options);
    this.#answerMs = options.attemptMs;
    this.#silenceMs = options.silenceMs;
  }

  async append(
    streamId: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<AppendResult> {
    try {
      return await this.#appender.append({ streamId, expected, events });
    } catch (error) {
      if (hasType(error, 'wrong-expected-version'))
        throw new WrongRevisionError(streamId, expected);
      throw error;
    }
  }

  readStream(streamId: string, fromRevision = 0): AsyncGenerator<RecordedEvent> {
    return this.#read(readOfStream(streamId, 'forwards', fromRevision));
  }

  readLast(streamId: string): Promise<RecordedEvent | null> {
    return firstOf(this.#read(readOfStream(streamId, 'backwards', null, 1)));
  }

  async *subscribe(options: SubscribeOptions): AsyncGenerator<SubscriptionMessage> {
    for await (const messages of this.subscribeTogether(options)) {
      for (const message of messages) {
        yield message;
        if (options.signal.aborted) return;
      }
    }
  }

  subscribeTogether(options: SubscribeOptions): AsyncIterable<readonly SubscriptionMessage[]> {
    const subscribe = (watched: SubscribeOptions) => subscribeToAll(this.#connection, watched);
    return watchedSubscription(this, options, subscribe, this.#silenceMs);
  }

  async *readAll({ direction, from, limit }: ReadAllOptions): AsyncGenerator<RecordedEvent> {
    // Forwards the server includes the place it was given.
    const count = direction === 'forwards' && from !== null ? limit + 1 : limit;
    let left = limit;
    for await (const event of this.#read(readOfAll(direction, from, count))) {
      if (event.position === from) continue;
      if (left === 0) return;
      left -= 1;
      yield event;
    }
  }

  async head(): Promise<bigint | null> {
    const last = await firstOf(this.readAll({ direction: 'backwards', from: null, limit: 1 }));
    return last?.position ?? null;
  }

  async keepOnly(streamId: string, count: number): Promise<void> {
    const event = {
      id: randomUUID(),
      type: '$metadata',
      data: { $maxCount: count },
      metadata: {},
    };
    await this.#appender.append({ streamId: `$$${streamId}`, expected: 'any', events: [event] });
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #read(request: ReadReq): AsyncGenerator<RecordedEvent> {
    return readEvents(this.#connection, request, this.#answerMs);
  }
}

/** The event of a read of one. Read to its end: a call that is cut off costs both sides a reset. */
async function firstOf(events: AsyncIterable<RecordedEvent>): Promise<RecordedEvent | null> {
  let first: RecordedEvent | null = null;
  for await (const event of events) first ??= event;
  return first;
}
