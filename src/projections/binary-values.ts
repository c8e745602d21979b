import { jsonText } from './column-lists.ts';
import type { ColumnTypes } from './row-fold.ts';

/** PostgreSQL counts from the year 2000. */
const epochMs = Date.UTC(2000, 0);
const jsonbVersion = 1;

/** Writes values as PostgreSQL's binary format has them, each behind its length. */
export class BinaryValues {
  #bytes: Buffer;
  #view: DataView;
  #at = 0;

  /** @param size bytes to begin with; more are taken when they are needed */
  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafeSlow(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Where the next value begins. */
  get at(): number {
    return this.#at;
  }

  /** What has been written. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Writes once more what stands between two places. */
  again(from: number, to: number): void {
    this.#room(to - from);
    this.#bytes.copyWithin(this.#at, from, to);
    this.#at += to - from;
  }

  int16(value: number): void {
    this.#room(2);
    this.#view.setInt16(this.#at, value);
    this.#at += 2;
  }

  /**
   * A value of a column; a JSON null is no value, nor is undefined. Throws what the database would
   * say, with its code, of a text that is no UUID.
   */
  value(type: ColumnTypes[string], value: unknown): void {
    if (value === null || value === undefined) this.#int32(-1);
    else if (type === 'text') this.#text(value as string, 0);
    else if (type === 'timestamptz') this.#time(value as string);
    else if (type === 'integer') this.#integer(value as number);
    else if (type === 'boolean') this.#boolean(value as boolean);
    else if (type === 'uuid') this.#uuid(value as string);
    else if (type === 'bigint') this.#bigint(value as bigint);
    else this.#jsonb(value);
  }

  /** @param before bytes of the value that are written already */
  #text(text: string, before: number): void {
    const start = this.#at + 4 + before;
    // Of each unit of UTF-16 come three bytes at most.
    this.#room(4 + before + 3 * text.length);
    const length = before + this.#bytes.write(text, start);
    this.#int32(length);
    this.#at += length;
  }

  #jsonb(value: unknown): void {
    this.#room(5);
    this.#bytes[this.#at + 4] = jsonbVersion;
    this.#text(jsonText(value) as string, 1);
  }

  #boolean(value: boolean): void {
    this.#int32(1);
    this.#room(1);
    this.#bytes[this.#at++] = value ? 1 : 0;
  }

  #integer(value: number): void {
    this.#int32(4);
    this.#int32(value);
  }

  #bigint(value: bigint): void {
    this.#int32(8);
    this.#room(8);
    this.#view.setBigInt64(this.#at, value);
    this.#at += 8;
  }

  #time(text: string): void {
    const ms = msOf(text) - epochMs;
    const micros = ms * 1000 + microsOf(text);
    // Numbers are exact, and far quicker, for some centuries.
    if (!Number.isSafeInteger(micros)) {
      this.#bigint(BigInt(ms) * 1000n + BigInt(microsOf(text)));
      return;
    }
    this.#room(12);
    const high = Math.floor(micros / 2 ** 32);
    this.#view.setInt32(this.#at, 8);
    this.#view.setInt32(this.#at + 4, high);
    this.#view.setInt32(this.#at + 8, micros - high * 2 ** 32);
    this.#at += 12;
  }

  #uuid(text: string): void {
    this.#int32(16);
    this.#room(16);
    const bytes = this.#bytes;
    let at = this.#at;
    let wrong = text.length === 36 ? 0 : 1;
    for (let place = 0; place < 36; place += 2) {
      if (place === 8 || place === 13 || place === 18 || place === 23) {
        wrong |= text.charCodeAt(place) ^ hyphen;
        place += 1;
      }
      const digits =
        ((digitOf[text.charCodeAt(place)] ?? noDigit) << 4) |
        (digitOf[text.charCodeAt(place + 1)] ?? noDigit);
      wrong |= digits & ~0xff;
      bytes[at++] = digits;
    }
    if (wrong !== 0) throw new NoUuidError(text);
    this.#at = at;
  }

  #int32(value: number): void {
    this.#room(4);
    this.#view.setInt32(this.#at, value);
    this.#at += 4;
  }

  #room(size: number): void {
    if (this.#at + size <= this.#bytes.length) return;
    const bytes = Buffer.allocUnsafeSlow(2 * (this.#at + size));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/** As `toISOString` writes it: its digits are at their places. */
const usualLength = '2026-01-21T12:00:00.000Z'.length;

/** A time in milliseconds since 1970. `Date` takes ten times as long for the usual form. */
function msOf(text: string): number {
  if (text.length !== usualLength || !text.endsWith('Z')) return Date.parse(text);
  if (!text.startsWith(day)) {
    day = text.slice(0, 'yyyy-mm-ddT'.length);
    dayMs = Date.parse(`${day}00:00:00.000Z`);
  }
  const minutes = twoDigits(text, 11) * 60 + twoDigits(text, 14);
  const ms = text.charCodeAt(20) * 100 + twoDigits(text, 21) - 100 * zero;
  return dayMs + (minutes * 60 + twoDigits(text, 17)) * 1000 + ms;
}

const twoDigits = (text: string, at: number): number =>
  (text.charCodeAt(at) - zero) * 10 + text.charCodeAt(at + 1) - zero;

/** Of the time that was asked for last: many follow each other within a day. */
let [day, dayMs] = [' ', 0];

/** What is beyond the milliseconds that `Date` knows of, in microseconds. */
function microsOf(text: string): number {
  if (text.length === usualLength) return 0;
  const more = /[.]\d{3}(\d+)/.exec(text)?.[1];
  return more === undefined ? 0 : Math.round(Number(`0.${more}`) * 1000);
}

const zero = '0'.charCodeAt(0);
const hyphen = '-'.charCodeAt(0);
const noDigit = 0x100;
const digitOf: readonly number[] = Array.from({ length: 128 }, (_, code) => {
  const digit = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(digit) ? noDigit : digit;
});

class NoUuidError extends Error {
  override readonly name = 'NoUuidError';
  /** PostgreSQL's `invalid_text_representation`. */
  readonly code = '22P02';
  constructor(text: string) {
    super(`invalid input syntax for type uuid: "${text}"`);
  }
}
