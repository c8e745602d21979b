import { framed } from './message-decoder.ts';
import type { Handler } from './server.ts';

interface Encodable {
  serializeBinary(): Uint8Array;
}

/** A handler of calls with one message each way. */
export function unary(answer: (request: Buffer) => Promise<Encodable>): Handler {
  return async (call) => {
    let request: Buffer = Buffer.alloc(0);
    await call.receive((message) => {
      request = message;
    });
    call.send(framed((await answer(request)).serializeBinary()));
  };
}
