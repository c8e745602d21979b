import type { EventEmitter } from 'node:events';
import type { sendUnaryData } from '@grpc/grpc-js';
import { toServiceError } from './grpc-errors.ts';

interface StreamingCall extends EventEmitter {
  readonly writableEnded: boolean;
  readonly destroyed: boolean;
}

/**
 * Turns our async functions into gRPC handlers with one error mapping, and knows the open streaming
 * calls: subscriptions and batch appends never end by themselves, so a shutdown must end them.
 */
export class CallRegistry {
  readonly #open = new Set<StreamingCall>();

  unary<Call, Response>(
    handle: (call: Call) => Promise<Response>,
  ): (call: Call, callback: sendUnaryData<Response>) => void {
    return (call, callback) => {
      handle(call).then(
        (response) => callback(null, response),
        (error: unknown) => callback(toServiceError(error)),
      );
    };
  }

  streaming<Call extends StreamingCall>(
    handle: (call: Call) => Promise<void>,
  ): (call: Call) => void {
    return (call) => {
      this.#open.add(call);
      handle(call)
        .catch((error: unknown) => fail(call, error))
        .finally(() => this.#open.delete(call));
    };
  }

  endAll(error: Error): void {
    for (const call of this.#open) fail(call, error);
  }
}

/** grpc-js sends the status of an 'error' event, after the messages written before it. */
function fail(call: StreamingCall, error: unknown): void {
  if (!call.writableEnded && !call.destroyed) call.emit('error', toServiceError(error));
}
