import {
  bytesFieldSize,
  entryFieldSize,
  ProtobufWriter,
  varintFieldSize,
} from '../protobuf/writer.ts';
import type { ExpectedRevision, JsonObject } from './event-store.ts';

/** An event as it is sent; what stands in its metadata is the caller's affair. */
export interface ProposedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: JsonObject;
  readonly metadata: object;
}

export interface AppendRequest {
  readonly streamId: string;
  readonly expected: ExpectedRevision | 'any';
  readonly events: readonly ProposedEvent[];
}

/** Numbers of the fields of `BatchAppendReq` and of what it holds. */
const CORRELATION_ID = 1;
const OPTIONS = 2;
const PROPOSED_MESSAGE = 3;
const IS_FINAL = 4;
const STREAM = 1;
const STREAM_POSITION = 2;
const NO_STREAM = 3;
const ANY = 4;
const DEADLINE = 6;
const SECONDS = 1;
const NANOS = 2;
const EVENT_ID = 1;
const METADATA = 2;
const CUSTOM_METADATA = 3;
const DATA = 4;
const UUID_STRING = 2;
const STREAM_NAME = 3;

const NOTHING = Buffer.alloc(0);
const contentType = 'application/json';

/**
 * The `BatchAppendReq` of an append, whole in one message, as the client would send it. By hand,
 * because the client encodes each event twice and takes its JSON by way of base64.
 * @param correlationId UUID that the answer repeats.
 * @param deadline when the server is to give up, in milliseconds since 1970.
 */
export function encodeAppend(
  correlationId: string,
  deadline: number,
  { streamId, expected, events }: AppendRequest,
): Buffer {
  const nameLength = Buffer.byteLength(streamId);
  const seconds = Math.floor(deadline / 1000);
  const nanos = Math.floor(deadline % 1000) * 1e6;
  const deadlineSize = varintFieldSize(seconds) + varintFieldSize(nanos);
  const optionsSize =
    bytesFieldSize(bytesFieldSize(nameLength)) +
    (typeof expected === 'number' ? varintFieldSize(expected) : bytesFieldSize(0)) +
    bytesFieldSize(deadlineSize);
  const proposed = events.map(measured);
  const size =
    bytesFieldSize(bytesFieldSize(correlationId.length)) +
    bytesFieldSize(optionsSize) +
    proposed.reduce((sum, event) => sum + bytesFieldSize(event.size), 0) +
    varintFieldSize(1);

  const writer = new ProtobufWriter(Buffer.allocUnsafe(size));
  writer.bytesHead(CORRELATION_ID, bytesFieldSize(correlationId.length));
  writer.textField(UUID_STRING, correlationId, correlationId.length);
  writer.bytesHead(OPTIONS, optionsSize);
  writer.bytesHead(STREAM, bytesFieldSize(nameLength));
  writer.textField(STREAM_NAME, streamId, nameLength);
  if (typeof expected === 'number') writer.varintField(STREAM_POSITION, expected);
  else writer.bytesField(expected === 'any' ? ANY : NO_STREAM, NOTHING);
  writer.bytesHead(DEADLINE, deadlineSize);
  writer.varintField(SECONDS, seconds);
  writer.varintField(NANOS, nanos);
  for (const event of proposed) writeEvent(writer, event);
  writer.varintField(IS_FINAL, 1);
  return writer.bytes;
}

interface Measured {
  readonly id: string;
  readonly type: string;
  readonly typeLength: number;
  readonly data: string;
  readonly dataLength: number;
  readonly metadata: string;
  readonly metadataLength: number;
  readonly size: number;
}

function measured({ id, type, ...event }: ProposedEvent): Measured {
  const data = JSON.stringify(event.data);
  const metadata = JSON.stringify(event.metadata);
  const typeLength = Buffer.byteLength(type);
  const dataLength = Buffer.byteLength(data);
  const metadataLength = Buffer.byteLength(metadata);
  const size =
    bytesFieldSize(bytesFieldSize(id.length)) +
    entryFieldSize('type'.length, typeLength) +
    entryFieldSize('content-type'.length, contentType.length) +
    bytesFieldSize(metadataLength) +
    bytesFieldSize(dataLength);
  return { id, type, typeLength, data, dataLength, metadata, metadataLength, size };
}

function writeEvent(writer: ProtobufWriter, event: Measured): void {
  writer.bytesHead(PROPOSED_MESSAGE, event.size);
  writer.bytesHead(EVENT_ID, bytesFieldSize(event.id.length));
  writer.textField(UUID_STRING, event.id, event.id.length);
  writer.entryField(METADATA, 'type', event.type, event.typeLength);
  writer.entryField(METADATA, 'content-type', contentType, contentType.length);
  writer.textField(CUSTOM_METADATA, event.metadata, event.metadataLength);
  writer.textField(DATA, event.data, event.dataLength);
}
