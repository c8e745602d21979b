import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import { MalformedMessageError, ProtobufFields, textIn } from '../../protobuf/fields.ts';
import { ANY, InvalidArgument, NO_STREAM, STREAM_EXISTS } from './errors.ts';
import type { ProposedEvent } from './proposed-event.ts';
import { uuidOf } from './requests.ts';

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

/** Reads a `BatchAppendReq`; its parts share the memory of the message. Throws InvalidArgument. */
export function batchChunk(message: Buffer): BatchChunk {
  try {
    return chunkIn(new ProtobufFields(message));
  } catch (error) {
    throw error instanceof MalformedMessageError ? new InvalidArgument(error.message) : error;
  }
}

function chunkIn(fields: ProtobufFields): BatchChunk {
  let correlationId: Buffer = NOTHING;
  let options: BatchOptions | null = null;
  const events: ProposedEvent[] = [];
  let isFinal = false;
  while (fields.next()) {
    if (fields.number === 1) correlationId = fields.bytes();
    else if (fields.number === 2) options = optionsIn(fields.inside());
    else if (fields.number === 3) events.push(eventIn(fields.inside()));
    else if (fields.number === 4) isFinal = fields.value !== 0;
  }
  return { correlationId, options, events, isFinal };
}

function optionsIn(fields: ProtobufFields): BatchOptions {
  let stream = '';
  let streamIdentifier: Buffer = NOTHING;
  let expected = 0;
  let deadline: number | null = null;
  while (fields.next()) {
    if (fields.number === 1) {
      streamIdentifier = fields.bytes();
      stream = textIn(fields.inside(), 3);
    } else if (fields.number === 2) expected = fields.value;
    else if (fields.number === 3) expected = NO_STREAM;
    else if (fields.number === 4) expected = ANY;
    else if (fields.number === 5) expected = STREAM_EXISTS;
    else if (fields.number === 6) deadline = timestampIn(fields.inside());
  }
  return { stream, expected, deadline, streamIdentifier };
}

function eventIn(fields: ProtobufFields): ProposedEvent {
  let id = '';
  let type = '';
  let contentType = 'application/octet-stream';
  let metadata: Buffer = NOTHING;
  let data: Buffer = NOTHING;
  while (fields.next()) {
    if (fields.number === 1) id = uuid(fields);
    else if (fields.number === 2) {
      const key = textIn(fields.inside(), 1);
      if (key === 'type') type = textIn(fields.inside(), 2);
      else if (key === 'content-type') contentType = textIn(fields.inside(), 2);
    } else if (fields.number === 3) metadata = fields.bytes();
    else if (fields.number === 4) data = fields.bytes();
  }
  return { id, type, contentType, data, metadata };
}

/** A UUID as text; its other form, two numbers of 64 bits, is not worth a reader of its own. */
function uuid(fields: ProtobufFields): string {
  const text = textIn(fields.inside(), 2);
  return text === '' ? uuidOf(sharedPb.UUID.deserializeBinary(fields.bytes())) : text.toLowerCase();
}

function timestampIn(fields: ProtobufFields): number {
  let ms = 0;
  while (fields.next()) {
    if (fields.number === 1) ms += fields.value * 1000;
    else if (fields.number === 2) ms += fields.value / 1e6;
  }
  return ms;
}
