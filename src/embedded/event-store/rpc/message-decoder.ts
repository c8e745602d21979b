import { RpcError, statusCode } from './status.ts';

/** What stands before each message: whether it is compressed, and its length. */
export const PREFIX_BYTES = 5;

/** Largest message that is taken, in bytes: an append of the largest size in one piece fits well. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Writes the prefix of an uncompressed message of `length` bytes. */
export function writePrefix(bytes: Buffer, at: number, length: number): void {
  bytes[at] = 0;
  bytes.writeUInt32BE(length, at + 1);
}

/** A message with its prefix, as it is sent. */
export function framed(message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  writePrefix(bytes, 0, message.length);
  bytes.set(message, PREFIX_BYTES);
  return bytes;
}

/** Finds the messages in what arrives, however it was cut on its way. */
export class MessageDecoder {
  #pieces: Buffer[] = [];
  #size = 0;
  #needed = PREFIX_BYTES;

  /** Whether what has come so far ends in the middle of a message. */
  get isPartial(): boolean {
    return this.#size > 0;
  }

  /**
   * Takes the next bytes and answers the messages that they complete; these share their memory.
   * @throws RpcError on a compressed message, and on one that is too large, before it has come.
   */
  push(chunk: Buffer): Buffer[] {
    let bytes = chunk;
    if (this.#size > 0) {
      this.#pieces.push(chunk);
      this.#size += chunk.length;
      if (this.#size < this.#needed) return [];
      bytes = Buffer.concat(this.#pieces, this.#size);
    }
    const messages: Buffer[] = [];
    let at = 0;
    this.#needed = PREFIX_BYTES;
    while (bytes.length - at >= PREFIX_BYTES) {
      const end = at + PREFIX_BYTES + lengthOf(bytes, at);
      if (end > bytes.length) {
        this.#needed = end - at;
        break;
      }
      messages.push(bytes.subarray(at + PREFIX_BYTES, end));
      at = end;
    }
    this.#size = bytes.length - at;
    this.#pieces = this.#size > 0 ? [bytes.subarray(at)] : [];
    return messages;
  }
}

function lengthOf(bytes: Buffer, at: number): number {
  if (bytes[at] !== 0)
    throw new RpcError(statusCode.UNIMPLEMENTED, 'Compressed messages are not taken.');
  const length = bytes.readUInt32BE(at + 1);
  if (length <= MAX_MESSAGE_BYTES) return length;
  const message = `Received message larger than max (${length} vs. ${MAX_MESSAGE_BYTES})`;
  throw new RpcError(statusCode.RESOURCE_EXHAUSTED, message);
}
