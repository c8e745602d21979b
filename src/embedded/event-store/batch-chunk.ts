import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import { ANY, NO_STREAM, STREAM_EXISTS } from './errors.ts';
import type { ProposedEvent } from './proposed-event.ts';
import { uuidOf } from './requests.ts';
import { BYTES, VARINT, WireReader } from './wire.ts';

/** Where a batch is to be written, as its first chunk says. */
export interface BatchOptions {
  readonly stream: string;
  readonly expected: number;
  /** Milliseconds since 1970, or null when the client waits for ever. */
  readonly deadline: number | null;
  /** The stream as it came: answers repeat it. */
  readonly streamIdentifier: Buffer;
}

/** One message of a batch append. */
export interface BatchChunk {
  /** The id that tells batches apart, as it came. */
  readonly correlationId: Buffer;
  readonly options: BatchOptions | null;
  readonly events: readonly ProposedEvent[];
  readonly isFinal: boolean;
}

const NOTHING = Buffer.alloc(0);
const field = (number: number, kind: number): number => (number << 3) | kind;

/** Reads a `BatchAppendReq`; its parts share the memory of the message. Throws InvalidArgument. */
export function batchChunk(message: Buffer): BatchChunk {
  const reader = new WireReader(message);
  let correlationId: Buffer = NOTHING;
  let options: BatchOptions | null = null;
  const events: ProposedEvent[] = [];
  let isFinal = false;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === field(1, BYTES)) correlationId = reader.bytes();
    else if (tag === field(2, BYTES)) options = batchOptions(reader.bytes());
    else if (tag === field(3, BYTES)) events.push(proposedMessage(reader.bytes()));
    else if (tag === field(4, VARINT)) isFinal = reader.varint() !== 0;
    else reader.skip(tag);
  }
  return { correlationId, options, events, isFinal };
}

function batchOptions(bytes: Buffer): BatchOptions {
  const reader = new WireReader(bytes);
  let streamIdentifier: Buffer = NOTHING;
  let expected = 0;
  let deadline: number | null = null;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === field(1, BYTES)) streamIdentifier = reader.bytes();
    else if (tag === field(2, VARINT)) expected = reader.varint();
    else if (tag === field(6, BYTES)) deadline = timestamp(reader.bytes());
    else {
      if (tag === field(3, BYTES)) expected = NO_STREAM;
      else if (tag === field(4, BYTES)) expected = ANY;
      else if (tag === field(5, BYTES)) expected = STREAM_EXISTS;
      reader.skip(tag);
    }
  }
  const stream = textField(streamIdentifier, 3);
  return { stream, expected, deadline, streamIdentifier };
}

function proposedMessage(bytes: Buffer): ProposedEvent {
  const reader = new WireReader(bytes);
  let id = '';
  let type = '';
  let contentType = 'application/octet-stream';
  let metadata: Buffer = NOTHING;
  let data: Buffer = NOTHING;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === field(1, BYTES)) id = uuid(reader.bytes());
    else if (tag === field(2, BYTES)) {
      const entry = reader.bytes();
      const key = textField(entry, 1);
      if (key === 'type') type = textField(entry, 2);
      else if (key === 'content-type') contentType = textField(entry, 2);
    } else if (tag === field(3, BYTES)) metadata = reader.bytes();
    else if (tag === field(4, BYTES)) data = reader.bytes();
    else reader.skip(tag);
  }
  return { id, type, contentType, data, metadata };
}

/** A UUID as text; its other form, two numbers of 64 bits, is not worth a reader of its own. */
function uuid(bytes: Buffer): string {
  if (bytes[0] === field(2, BYTES)) return textField(bytes, 2).toLowerCase();
  return uuidOf(sharedPb.UUID.deserializeBinary(bytes));
}

function timestamp(bytes: Buffer): number {
  const reader = new WireReader(bytes);
  let ms = 0;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === field(1, VARINT)) ms += reader.varint() * 1000;
    else if (tag === field(2, VARINT)) ms += reader.varint() / 1e6;
    else reader.skip(tag);
  }
  return ms;
}

function textField(bytes: Buffer, number: number): string {
  const reader = new WireReader(bytes);
  let text = '';
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === field(number, BYTES)) text = reader.string();
    else reader.skip(tag);
  }
  return text;
}
