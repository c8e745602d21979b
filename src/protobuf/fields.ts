import { fixed32, fixed64, lengthDelimited, varint } from './kinds.ts';

/** The bytes are no protobuf message. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
  constructor() {
    super('The message cannot be decoded.');
  }
}

/**
 * The fields of a protobuf message, one after another, without copies and without an object for
 * each: what is looked at is read from where it lies. All methods throw `MalformedMessageError` where
 * the bytes are no message.
 */
export class ProtobufFields {
  readonly #bytes: Buffer;
  #at: number;
  readonly #end: number;
  /** Number of the field that `next` has come to. */
  number = 0;
  /** The value of a field that is a number, up to 2^53 exactly; 0 of any other. */
  value = 0;
  /** Where the bytes of a field that has a length begin and end; any other has none. */
  start = 0;
  end = 0;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Goes to the next field; false at the end. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.#varint();
    this.number = tag >>> 3;
    const kind = tag & 7;
    this.value = 0;
    let length = 0;
    if (kind === varint) this.value = this.#varint();
    else if (kind === lengthDelimited) length = this.#varint();
    else if (kind === fixed64) this.#skip(8);
    else if (kind === fixed32) this.#skip(4);
    else throw new MalformedMessageError();
    this.start = this.#at;
    this.#skip(length);
    this.end = this.#at;
    return true;
  }

  /** The fields of the message that this field holds. */
  inside(): ProtobufFields {
    return new ProtobufFields(this.#bytes, this.start, this.end);
  }

  text(): string {
    return this.#bytes.toString('utf8', this.start, this.end);
  }

  bytes(): Buffer {
    return this.#bytes.subarray(this.start, this.end);
  }

  #skip(length: number): void {
    this.#at += length;
    if (this.#at > this.#end) throw new MalformedMessageError();
  }

  #varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined || this.#at > this.#end || factor > 2 ** 63)
        throw new MalformedMessageError();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }
}

/** Goes to the next field with a number; false when there is none. */
export function find(fields: ProtobufFields, number: number): boolean {
  while (fields.next()) if (fields.number === number) return true;
  return false;
}

/** The text in a field of a message; empty when there is none. */
export const textIn = (fields: ProtobufFields, number: number): string =>
  find(fields, number) ? fields.text() : '';
