import {
  bytesFieldSize,
  entryFieldSize,
  ProtobufWriter,
  varintFieldSize,
} from '../../protobuf/writer.ts';
import type { PlacedEvent } from './proposed-event.ts';

/** Numbers of the fields of `ReadResp.ReadEvent.RecordedEvent` and of what it holds. */
const ID = 1;
const STREAM = 2;
const REVISION = 3;
const PREPARE_POSITION = 4;
const COMMIT_POSITION = 5;
const METADATA = 6;
const CUSTOM_METADATA = 7;
const DATA = 8;
const UUID_STRING = 2;
const STREAM_NAME = 3;

/** The field of a tombstone's revision: the largest number EventStoreDB knows. */
const TOMBSTONE_REVISION = Buffer.from('18ffffffffffffffff7f', 'hex');

/** What is known of a record before its message is reckoned. */
export interface MessagePlace {
  readonly nameLength: number;
  readonly typeLength: number;
  readonly position: number;
}

/** A message that is to be written, and the sizes of its parts in bytes. */
export interface MeasuredMessage extends MessagePlace {
  readonly placed: PlacedEvent;
  readonly contentTypeLength: number;
  /** Time of writing in .NET ticks of 100 ns, which is what clients read. */
  readonly created: string;
  readonly size: number;
}

export function measureMessage(placed: PlacedEvent, place: MessagePlace): MeasuredMessage {
  const { revision, event } = placed;
  const contentTypeLength = Buffer.byteLength(event.contentType);
  const created = `${Date.now()}0000`;
  const size =
    bytesFieldSize(bytesFieldSize(event.id.length)) +
    bytesFieldSize(bytesFieldSize(place.nameLength)) +
    (revision < 0 ? TOMBSTONE_REVISION.length : varintFieldSize(revision)) +
    2 * varintFieldSize(place.position) +
    entryFieldSize('type'.length, place.typeLength) +
    entryFieldSize('content-type'.length, contentTypeLength) +
    entryFieldSize('created'.length, created.length) +
    bytesFieldSize(event.metadata.length) +
    bytesFieldSize(event.data.length);
  return { ...place, placed, contentTypeLength, created, size };
}

/** Writes a message of `measured.size` bytes at a place of a buffer. */
export function writeMessage(bytes: Buffer, at: number, measured: MeasuredMessage): void {
  const { placed, nameLength, position, created } = measured;
  const { stream, revision, event } = placed;
  const writer = new ProtobufWriter(bytes, at);
  writer.bytesHead(ID, bytesFieldSize(event.id.length));
  writer.textField(UUID_STRING, event.id, event.id.length);
  writer.bytesHead(STREAM, bytesFieldSize(nameLength));
  writer.textField(STREAM_NAME, stream, nameLength);
  if (revision < 0) writer.raw(TOMBSTONE_REVISION);
  else writer.varintField(REVISION, revision);
  writer.varintField(PREPARE_POSITION, position);
  writer.varintField(COMMIT_POSITION, position);
  writer.entryField(METADATA, 'type', event.type, measured.typeLength);
  writer.entryField(METADATA, 'content-type', event.contentType, measured.contentTypeLength);
  writer.entryField(METADATA, 'created', created, created.length);
  writer.bytesField(CUSTOM_METADATA, event.metadata);
  writer.bytesField(DATA, event.data);
}
