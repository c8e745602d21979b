import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { MessageDecoder } from './message-decoder.ts';
import { type CallStatus, okStatus, RpcError, statusCode, trailersOf } from './status.ts';
import { timeoutMs } from './timeout.ts';

const RESPONSE_HEADERS = { ':status': 200, 'content-type': 'application/grpc+proto' } as const;

/** This much is not held back to be sent together with what may follow. */
const LARGE_BYTES = 64 * 1024;

/**
 * One gRPC call on an HTTP/2 stream. Messages that are sent in one turn of the event loop leave in
 * one write: each write costs far more than the bytes in it.
 */
export class Call {
  readonly #stream: ServerHttp2Stream;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #ended = false;
  #onChange: () => void = () => undefined;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.#stream = stream;
    const ms = timeoutMs(headers['grpc-timeout'] as string | undefined);
    const timer = ms === null ? undefined : setTimeout(() => this.#timeUp(), ms);
    // The other side may reset a stream at any time; 'close' follows, which is what counts.
    stream.on('error', () => undefined);
    stream.on('drain', () => this.#onChange());
    stream.on('close', () => {
      clearTimeout(timer);
      this.#onChange();
    });
  }

  /** Whether anybody still waits for messages. */
  get isOpen(): boolean {
    return !this.#ended && !this.#stream.destroyed && !this.#stream.closed;
  }

  /** Whether more has been sent than the other side has taken. */
  get isFull(): boolean {
    return this.#stream.writableNeedDrain;
  }

  /** Calls back when the call can take more, and when it is over. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  /**
   * Hands over each message that arrives; resolves when the other side has sent its last.
   * @throws RpcError when what arrives is no message, or the call is cancelled; what `onMessage` throws.
   */
  receive(onMessage: (message: Buffer) => void): Promise<void> {
    const stream = this.#stream;
    const decoder = new MessageDecoder();
    return new Promise((resolve, reject) => {
      const take = (chunk: Buffer) => {
        try {
          for (const message of decoder.push(chunk)) onMessage(message);
        } catch (error) {
          stream.off('data', take).resume();
          reject(error);
        }
      };
      stream.on('data', take);
      stream.on('end', () => {
        // A call that is cancelled ends like one that is complete; half a request must not be taken.
        if (stream.aborted) reject(cancelled());
        else if (decoder.isPartial) reject(new RpcError(statusCode.INTERNAL, 'A message is cut.'));
        else resolve();
      });
      stream.on('close', () => reject(cancelled()));
    });
  }

  /** Takes no more messages until `resume`. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Sends bytes of one or more messages, each with its prefix; nothing when the call is over. */
  send(messages: Buffer): void {
    if (!this.isOpen) return;
    if (this.#pending.push(messages) === 1) process.nextTick(this.#flush);
    this.#pendingBytes += messages.length;
    if (this.#pendingBytes >= LARGE_BYTES) this.#flush();
  }

  /**
   * Ends the call behind what was sent; only the first end counts. The stream is left for the other
   * side to close, as clients do: to reset it could overtake the status.
   */
  end(status: CallStatus = okStatus): void {
    if (!this.isOpen) return;
    this.#flush();
    this.#ended = true;
    const trailers = trailersOf(status);
    if (!this.#stream.headersSent) {
      this.#stream.respond({ ...RESPONSE_HEADERS, ...trailers }, { endStream: true });
    } else {
      this.#stream.once('wantTrailers', () => this.#stream.sendTrailers(trailers));
      this.#stream.end();
    }
    this.#onChange();
  }

  readonly #flush = (): void => {
    const [first, ...more] = this.#pending;
    if (!first) return;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (!this.isOpen) return;
    if (!this.#stream.headersSent)
      this.#stream.respond(RESPONSE_HEADERS, { waitForTrailers: true });
    this.#stream.write(more.length === 0 ? first : Buffer.concat([first, ...more]));
  };

  #timeUp(): void {
    const message = 'The deadline of the call has passed.';
    this.end({ code: statusCode.DEADLINE_EXCEEDED, message, trailers: {} });
  }
}

const cancelled = (): RpcError => new RpcError(statusCode.CANCELLED, 'The call was cancelled.');
