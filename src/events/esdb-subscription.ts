import { Readable } from 'node:stream';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import type { EventStoreDBClient } from './esdb-client.ts';
import { decodeSubscribed } from './esdb-message.ts';
import { openCall } from './esdb-open-client.ts';
import type { SubscriptionMessage } from './event-store.ts';

/** A call of gRPC whose answers come as a stream. */
interface Call extends Readable {
  cancel(): void;
}

/** `$all` events between two checkpoints of a filtered subscription; see `SubscriptionMessage`. */
const checkpointEvents = 256;
/** Messages handed on together, at most. */
const together = 256;
/** So many times as many may wait for their reader. */
const readAhead = 2;
const other = Symbol('says nothing of the log');

/**
 * A filtered subscription to `$all` on the client's own connection, decoded by `decodeSubscribed`:
 * a stream of `SubscriptionMessage[]`, of what came in one turn of the event loop. One by one they
 * would cost each of those who pass them on as much as their decoding.
 */
export class SubscriptionStream extends Readable {
  #call: Call | null = null;
  #come: SubscriptionMessage[] = [];

  constructor(client: EventStoreDBClient, after: bigint | null, typePrefixes: readonly string[]) {
    super({ objectMode: true, highWaterMark: readAhead });
    const request = requestOf(after, typePrefixes);
    const opened = openCall<Call>(client, 'subscribeToAll', (stub, rest) =>
      stub.makeServerStreamRequest(
        '/event_store.client.streams.Streams/Read',
        (message: ReadReq) => Buffer.from(message.serializeBinary()),
        (bytes) => decodeSubscribed(bytes) ?? other,
        request,
        ...rest,
      ),
    );
    opened.then(
      (call) => this.#follow(call),
      (error) => this.destroy(error),
    );
  }

  override _read(): void {
    this.#call?.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#leave();
    done(error);
  }

  #follow(call: Call): void {
    this.#call = call;
    // Heard of even when it is too late: unheard, it would be thrown.
    call.on('error', (error) => this.destroy(error));
    call.on('end', () => {
      this.#handOn();
      this.push(null);
    });
    call.on('data', (message: SubscriptionMessage | typeof other) => {
      if (message === other) return;
      const { length } = this.#come;
      this.#come.push(message);
      if (length === 0) setImmediate(() => this.#handOn());
      else if (length + 1 === together) this.#handOn();
    });
    if (this.destroyed) this.#leave();
  }

  #handOn(): void {
    const messages = this.#come;
    if (messages.length === 0 || this.destroyed) return;
    this.#come = [];
    if (!this.push(messages)) this.#call?.pause();
  }

  #leave(): void {
    const call = this.#call;
    if (call === null) return;
    // The client forgets a call when its stream has ended, which is only when it has been read.
    call.removeAllListeners('data').resume();
    // In this very turn grpc-js may still be handing out a message.
    setImmediate(() => call.cancel());
  }
}

function requestOf(after: bigint | null, typePrefixes: readonly string[]): ReadReq {
  const { Options } = streamsPb.ReadReq;
  const all = new Options.AllOptions();
  if (after === null) all.setStart(new sharedPb.Empty());
  else {
    const position = new Options.Position();
    position.setCommitPosition(String(after));
    position.setPreparePosition(String(after));
    all.setPosition(position);
  }
  const types = new Options.FilterOptions.Expression();
  types.setPrefixList([...typePrefixes]);
  const filter = new Options.FilterOptions();
  filter.setEventType(types);
  filter.setMax(checkpointEvents);
  filter.setCheckpointintervalmultiplier(1);
  const ids = new Options.UUIDOption();
  ids.setString(new sharedPb.Empty());
  const options = new Options();
  options.setAll(all);
  options.setResolveLinks(false);
  options.setSubscription(new Options.SubscriptionOptions());
  options.setFilter(filter);
  options.setUuidOption(ids);
  const request = new streamsPb.ReadReq();
  request.setOptions(options);
  return request;
}
