import type { Status } from '@eventstore/db-client/generated/status_pb.js';
import { bytesFieldSize, ProtobufWriter, varintFieldSize } from '../../protobuf/writer.ts';
import type { BatchOptions } from './batch-chunk.ts';
import { ANY, NO_STREAM, STREAM_EXISTS } from './errors.ts';
import { PREFIX_BYTES, writePrefix } from './rpc/message-decoder.ts';
import type { Appended } from './store.ts';

/** Numbers of the fields of `BatchAppendResp` and of what it holds. */
const CORRELATION_ID = 1;
const ERROR = 2;
const SUCCESS = 3;
const STREAM = 4;
const EXPECTED_REVISION = 5;
const EXPECTED_NAMES: ReadonlyMap<number, number> = new Map([
  [NO_STREAM, 6],
  [ANY, 7],
  [STREAM_EXISTS, 8],
]);
const CURRENT_REVISION = 1;
const CURRENT_NO_STREAM = 2;
const POSITION = 3;
const NO_POSITION = 4;
const COMMIT_POSITION = 1;
const PREPARE_POSITION = 2;

const NOTHING = Buffer.alloc(0);
const EMPTY_FIELD_SIZE = bytesFieldSize(0);

/** The answer to a batch that was written, with its gRPC prefix. */
export function successAnswer(
  correlationId: Buffer,
  options: BatchOptions,
  { revision, position }: Appended,
): Buffer {
  const place = position === null ? 0 : 2 * varintFieldSize(position);
  const size =
    (revision < 0 ? EMPTY_FIELD_SIZE : varintFieldSize(revision)) + bytesFieldSize(place);
  return answer(correlationId, options, bytesFieldSize(size), (writer) => {
    writer.bytesHead(SUCCESS, size);
    if (revision < 0) writer.bytesField(CURRENT_NO_STREAM, NOTHING);
    else writer.varintField(CURRENT_REVISION, revision);
    if (position === null) {
      writer.bytesField(NO_POSITION, NOTHING);
      return;
    }
    writer.bytesHead(POSITION, place);
    writer.varintField(COMMIT_POSITION, position);
    writer.varintField(PREPARE_POSITION, position);
  });
}

/** The answer to a batch that was refused, with its gRPC prefix. */
export function errorAnswer(correlationId: Buffer, options: BatchOptions, error: Status): Buffer {
  const bytes = error.serializeBinary();
  return answer(correlationId, options, bytesFieldSize(bytes.length), (writer) =>
    writer.bytesField(ERROR, bytes),
  );
}

function answer(
  correlationId: Buffer,
  { streamIdentifier, expected }: BatchOptions,
  resultSize: number,
  writeResult: (writer: ProtobufWriter) => void,
): Buffer {
  const name = EXPECTED_NAMES.get(expected);
  const size =
    bytesFieldSize(correlationId.length) +
    resultSize +
    bytesFieldSize(streamIdentifier.length) +
    (name === undefined ? varintFieldSize(expected) : EMPTY_FIELD_SIZE);
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + size);
  writePrefix(bytes, 0, size);
  const writer = new ProtobufWriter(bytes, PREFIX_BYTES);
  writer.bytesField(CORRELATION_ID, correlationId);
  writeResult(writer);
  writer.bytesField(STREAM, streamIdentifier);
  if (name === undefined) writer.varintField(EXPECTED_REVISION, expected);
  else writer.bytesField(name, NOTHING);
  return bytes;
}
