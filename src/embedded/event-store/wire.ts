import { InvalidArgument } from './errors.ts';

/** Kinds of fields in protobuf's encoding; the low three bits of a tag. */
export const VARINT = 0;
const FIXED_64 = 1;
export const BYTES = 2;
const FIXED_32 = 5;

/**
 * Reads a protobuf message field by field, without copies: for the few messages that come with every
 * append, where generated classes cost several times more.
 * All methods throw InvalidArgument where the bytes are no message.
 */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The tag of the next field (`number * 8 + kind`), or 0 at the end. */
  tag(): number {
    return this.#at < this.#bytes.length ? this.varint() : 0;
  }

  /** A whole number that is not negative; rounded beyond 2^53. */
  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined || factor > 2 ** 63) throw malformed();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  bytes(): Buffer {
    const length = this.varint();
    const start = this.#at;
    this.#skip(length);
    return this.#bytes.subarray(start, this.#at);
  }

  string(): string {
    const length = this.varint();
    const start = this.#at;
    this.#skip(length);
    return this.#bytes.toString('utf8', start, this.#at);
  }

  /** Passes over the field of a tag just read. */
  skip(tag: number): void {
    const kind = tag & 7;
    if (kind === VARINT) this.varint();
    else if (kind === BYTES) this.#skip(this.varint());
    else if (kind === FIXED_64) this.#skip(8);
    else if (kind === FIXED_32) this.#skip(4);
    else throw malformed();
  }

  #skip(length: number): void {
    this.#at += length;
    if (this.#at > this.#bytes.length) throw malformed();
  }
}

const malformed = () => new InvalidArgument('The message cannot be decoded.');

/** Bytes of a number; up to 2^53. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** Bytes of a field below 16 that holds `length` bytes. */
export const bytesFieldSize = (length: number): number => 1 + varintSize(length) + length;

/** Bytes of a field below 16 that holds a number. */
export const varintFieldSize = (value: number): number => 1 + varintSize(value);

/** Writes fields (numbers below 16) into a buffer whose size has been reckoned before. */
export class WireWriter {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  varintField(field: number, value: number): void {
    this.bytes[this.at++] = (field << 3) | VARINT;
    this.#varint(value);
  }

  /** The head of a field whose `length` bytes are written next. */
  bytesHead(field: number, length: number): void {
    this.bytes[this.at++] = (field << 3) | BYTES;
    this.#varint(length);
  }

  bytesField(field: number, value: Uint8Array): void {
    this.bytesHead(field, value.length);
    this.raw(value);
  }

  /** Bytes that are encoded already. */
  raw(value: Uint8Array): void {
    this.bytes.set(value, this.at);
    this.at += value.length;
  }

  /** Text of which the length in bytes is known. */
  textField(field: number, text: string, length: number): void {
    this.bytesHead(field, length);
    this.at += this.bytes.write(text, this.at);
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80))
      this.bytes[this.at++] = (rest % 0x80) | 0x80;
    this.bytes[this.at++] = rest;
  }
}
