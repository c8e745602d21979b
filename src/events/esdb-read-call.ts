import { Readable } from 'node:stream';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import { convertToCommandError } from './esdb-client.ts';
import { decodeRead } from './esdb-message.ts';
import { type Caller, openCall } from './esdb-open-client.ts';
import type { SubscriptionMessage } from './event-store.ts';

/** A call of gRPC whose answers come as a stream. */
interface Call extends Readable {
  cancel(): void;
}

/** Messages handed on together, at most. */
const together = 256;
/** So many times as many may wait for their reader. */
const readAhead = 2;
const other = Symbol('says nothing of the log');

/**
 * A read or a subscription on the client's own connection, decoded by `decodeRead`: a stream of
 * `SubscriptionMessage[]`, of what came in one turn of the event loop. One by one they would cost each
 * of those who pass them on as much as their decoding. A stream that does not exist has no events.
 */
export class ReadCall extends Readable {
  #call: Call | null = null;
  #come: SubscriptionMessage[] = [];

  constructor(caller: Caller, request: ReadReq) {
    super({ objectMode: true, highWaterMark: readAhead });
    const opened = openCall<Call>(caller, 'read', (stub, rest) =>
      stub.makeServerStreamRequest(
        '/event_store.client.streams.Streams/Read',
        (message: ReadReq) => Buffer.from(message.serializeBinary()),
        (bytes) => decodeRead(bytes) ?? other,
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
    call.on('error', (error) => this.destroy(convertToCommandError(error)));
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
    if (call === null || call.readableEnded) return;
    // The client forgets a call when its stream has ended, which is only when it has been read.
    call.removeAllListeners('data').resume();
    // In this very turn grpc-js may still be handing out a message.
    setImmediate(() => call.cancel());
  }
}
