import type { Duplex } from 'node:stream';
import { type AppendAnswer, decodeAnswer } from './esdb-append-answer.ts';
import { type AppendRequest, encodeAppend } from './esdb-append-request.ts';
import { convertToCommandError } from './esdb-client.ts';
import { CallEndedError } from './esdb-errors.ts';
import { type Caller, openCall } from './esdb-open-client.ts';
import type { AppendResult } from './event-store.ts';

interface Waiting {
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
}

/** An open call and those that wait for an answer on it. */
interface AppendCall {
  readonly call: Duplex;
  readonly waiting: Map<string, Waiting>;
  ended: Error | null;
}

/**
 * Appends over a call that stays open, each append a message, each answer found by its correlation id.
 * The client has such a call too, but shares what waits on it among all connections of the process,
 * those that have ended included, and holds no more than 16 messages.
 */
export class AppendStream {
  readonly #caller: Caller;
  #open: Promise<AppendCall> | null = null;
  #sent = 0;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /**
   * Appends. Rejects with the client's errors; with that of the call when it ends before the answer,
   * and then the outcome is unknown.
   * @param deadlineMs how long the server may take.
   */
  async append(request: AppendRequest, deadlineMs: number): Promise<AppendResult> {
    this.#open ??= this.#openCall();
    const { call, waiting, ended } = await this.#open;
    if (ended) throw ended;
    this.#sent += 1;
    const correlationId = uuidOf(this.#sent);
    const message = encodeAppend(correlationId, Date.now() + deadlineMs, request);
    return new Promise((resolve, reject) => {
      waiting.set(correlationId, { resolve, reject });
      call.write(message);
    });
  }

  async #openCall(): Promise<AppendCall> {
    try {
      const call = await openCall<Duplex>(this.#caller, 'appendToStream', (stub, rest) =>
        stub.makeBidiStreamRequest(
          '/event_store.client.streams.Streams/BatchAppend',
          (message: Buffer) => message,
          decodeAnswer,
          ...rest,
        ),
      );
      const open: AppendCall = { call, waiting: new Map(), ended: null };
      const end = (error: Error) => {
        if (open.ended) return;
        open.ended = error;
        this.#open = null;
        for (const { reject } of open.waiting.values()) reject(error);
        open.waiting.clear();
      };
      call.on('data', (answer: AppendAnswer) => settle(open.waiting, answer));
      call.on('error', (error) => end(convertToCommandError(error)));
      call.on('end', () => end(new CallEndedError()));
      return open;
    } catch (error) {
      this.#open = null;
      throw error;
    }
  }
}

/** A UUID that no other append of the same call has. */
const uuidOf = (number: number): string =>
  `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;

function settle(waiting: Map<string, Waiting>, answer: AppendAnswer): void {
  const asked = waiting.get(answer.correlationId);
  if (asked === undefined) return;
  waiting.delete(answer.correlationId);
  if ('written' in answer) asked.resolve(answer.written);
  else asked.reject(answer.error);
}
