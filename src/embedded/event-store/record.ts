import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import type { PlacedEvent } from './proposed-event.ts';
import { type MeasuredMessage, measureMessage, writeMessage } from './recorded-message.ts';

/** An event as it stands in a frame: what the index needs, and the message that readers get. */
export interface StoredRecord {
  readonly stream: string;
  readonly type: string;
  readonly id: string;
  /** -1 for a tombstone, which has no place among the events of its stream. */
  readonly revision: number;
  /** Where the message stands in the file; also the event's position in `$all`. */
  readonly position: number;
  readonly message: Buffer;
}

/** Sizes of a record that is to be written, in bytes. */
export interface MeasuredRecord {
  readonly message: MeasuredMessage;
  readonly size: number;
}

export const TOMBSTONE = -1;
const HEAD = 16;
const UUID_BYTES = 16;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const isUuid = (id: string): boolean => UUID.test(id);

/** Reckons an event's record that will stand at an offset of the log. */
export function measureRecord(placed: PlacedEvent, offset: number): MeasuredRecord {
  const nameLength = Buffer.byteLength(placed.stream);
  const typeLength = Buffer.byteLength(placed.event.type);
  const start = HEAD + nameLength + typeLength + UUID_BYTES;
  const message = measureMessage(placed, { nameLength, typeLength, position: offset + start });
  return { message, size: start + message.size };
}

/**
 * Writes one event into a frame:
 * message length, stream and type length, revision, stream, type, id, `RecordedEvent` message.
 * The message is stored as it is sent, position included, so that a read only copies bytes.
 */
export function writeRecord(bytes: Buffer, start: number, record: MeasuredRecord): StoredRecord {
  const { placed, nameLength, typeLength, position, size } = record.message;
  const { stream, revision, event } = placed;
  bytes.writeUInt32LE(size, start);
  bytes.writeUInt16LE(nameLength, start + 4);
  bytes.writeUInt16LE(typeLength, start + 6);
  bytes.writeDoubleLE(revision, start + 8);
  let at = start + HEAD;
  at += bytes.write(stream, at);
  at += bytes.write(event.type, at);
  at += bytes.write(event.id.replaceAll('-', ''), at, 'hex');
  writeMessage(bytes, at, record.message);
  const message = bytes.subarray(at, at + size);
  return { stream, type: event.type, id: event.id, revision, position, message };
}

/** The records of a frame's payload, which stands at `offset` of the file. */
export function* decodeRecords(payload: Buffer, offset: number): Generator<StoredRecord> {
  for (let at = 0; at < payload.length; ) {
    const messageLength = payload.readUInt32LE(at);
    const nameEnd = at + HEAD + payload.readUInt16LE(at + 4);
    const typeEnd = nameEnd + payload.readUInt16LE(at + 6);
    const start = typeEnd + UUID_BYTES;
    const hex = payload.toString('hex', typeEnd, start);
    yield {
      stream: payload.toString('utf8', at + HEAD, nameEnd),
      type: payload.toString('utf8', nameEnd, typeEnd),
      id: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`,
      revision: payload.readDoubleLE(at + 8),
      position: offset + start,
      message: payload.subarray(start, start + messageLength),
    };
    at = start + messageLength;
  }
}

/** Id, data and time of a stored message; only for the few events whose content matters to us. */
export function decodeMessage(message: Uint8Array): { id: string; data: Buffer; created: number } {
  const recorded = streamsPb.ReadResp.ReadEvent.RecordedEvent.deserializeBinary(message);
  return {
    id: recorded.getId()?.getString() ?? '',
    data: Buffer.from(recorded.getData_asU8()),
    created: Number(recorded.getMetadataMap().get('created') ?? 0) / 10_000,
  };
}
