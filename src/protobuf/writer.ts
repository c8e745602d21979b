import { lengthDelimited, varint } from './kinds.ts';

// Of every map's entries.
const entryKey = 1;
const entryValue = 2;

/** Bytes of a number; up to 2^53. */
function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** Bytes of a field below 16 that holds `length` bytes. */
export const bytesFieldSize = (length: number): number => 1 + varintSize(length) + length;

/** Bytes of a field below 16 that holds a number. */
export const varintFieldSize = (value: number): number => 1 + varintSize(value);

/** Bytes of a field below 16 that holds an entry of a map, key and value being text of such lengths. */
export const entryFieldSize = (keyLength: number, valueLength: number): number =>
  bytesFieldSize(bytesFieldSize(keyLength) + bytesFieldSize(valueLength));

/** Writes fields (numbers below 16) into a buffer whose size has been reckoned before. */
export class ProtobufWriter {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  varintField(field: number, value: number): void {
    this.bytes[this.at++] = (field << 3) | varint;
    this.#varint(value);
  }

  /** The head of a field whose `length` bytes are written next. */
  bytesHead(field: number, length: number): void {
    this.bytes[this.at++] = (field << 3) | lengthDelimited;
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

  /** An entry of a map: a key in ASCII, and a value of which the length in bytes is known. */
  entryField(field: number, key: string, value: string, valueLength: number): void {
    this.bytesHead(field, bytesFieldSize(key.length) + bytesFieldSize(valueLength));
    this.textField(entryKey, key, key.length);
    this.textField(entryValue, value, valueLength);
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80))
      this.bytes[this.at++] = (rest % 0x80) | 0x80;
    this.bytes[this.at++] = rest;
  }
}
