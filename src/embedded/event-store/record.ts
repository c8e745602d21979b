import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';

/** An event as a client proposes it. */
export interface ProposedEvent {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

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

export const TOMBSTONE = -1;
/** Revision of a tombstone on the wire: the largest number EventStoreDB knows. */
const TOMBSTONE_REVISION = '9223372036854775807';
const HEAD = 16;
const UUID_BYTES = 16;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const isUuid = (id: string): boolean => UUID.test(id);

/**
 * Encodes one event at an offset of the log:
 * message length, stream and type length, revision, stream, type, id, `RecordedEvent` message.
 * The message is stored as it is sent, position included, so that a read only copies bytes.
 */
export function encodeRecord(
  stream: string,
  revision: number,
  event: ProposedEvent,
  offset: number,
): { bytes: Buffer; position: number } {
  const name = Buffer.from(stream);
  const type = Buffer.from(event.type);
  const position = offset + HEAD + name.length + type.length + UUID_BYTES;
  const message = encodeMessage(name, revision, event, position);
  const head = Buffer.alloc(HEAD);
  head.writeUInt32LE(message.length, 0);
  head.writeUInt16LE(name.length, 4);
  head.writeUInt16LE(type.length, 6);
  head.writeDoubleLE(revision, 8);
  const id = Buffer.from(event.id.replaceAll('-', ''), 'hex');
  return { bytes: Buffer.concat([head, name, type, id, message]), position };
}

function encodeMessage(
  stream: Uint8Array,
  revision: number,
  event: ProposedEvent,
  position: number,
): Uint8Array {
  const recorded = new streamsPb.ReadResp.ReadEvent.RecordedEvent();
  const id = new sharedPb.UUID();
  id.setString(event.id);
  recorded.setId(id);
  const identifier = new sharedPb.StreamIdentifier();
  identifier.setStreamName(stream);
  recorded.setStreamIdentifier(identifier);
  recorded.setStreamRevision(revision === TOMBSTONE ? TOMBSTONE_REVISION : String(revision));
  recorded.setCommitPosition(String(position));
  recorded.setPreparePosition(String(position));
  recorded.setData(event.data);
  recorded.setCustomMetadata(event.metadata);
  recorded
    .getMetadataMap()
    .set('type', event.type)
    .set('content-type', event.contentType)
    // .NET ticks of 100 ns, which is what clients read.
    .set('created', `${Date.now()}0000`);
  return recorded.serializeBinary();
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
