import { randomUUID } from 'node:crypto';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { bytesFieldSize, ProtobufWriter, varintFieldSize } from '../../protobuf/writer.ts';
import type { Slice } from './cursor.ts';
import { framed, PREFIX_BYTES, writePrefix } from './rpc/message-decoder.ts';
import type { StreamIndex } from './stream-index.ts';

/** Numbers of the fields of `ReadResp` and `ReadResp.ReadEvent`. */
const EVENT = 1;
const RECORDED_EVENT = 1;
const COMMIT_POSITION = 3;

/** `ReadResp { event { event: message, commit_position } }` of each event, with its gRPC prefix. */
export function eventResponses(index: StreamIndex, { ordinals, messages }: Slice): Buffer {
  let size = 0;
  const sizes = messages.map((message, i) => {
    const position = index.position(ordinals[i] as number);
    const event = bytesFieldSize(message.length) + varintFieldSize(position);
    size += PREFIX_BYTES + bytesFieldSize(event);
    return event;
  });
  const writer = new ProtobufWriter(Buffer.allocUnsafe(size));
  for (const [i, message] of messages.entries()) {
    const event = sizes[i] as number;
    writePrefix(writer.bytes, writer.at, bytesFieldSize(event));
    writer.at += PREFIX_BYTES;
    writer.bytesHead(EVENT, event);
    writer.bytesField(RECORDED_EVENT, message);
    writer.varintField(COMMIT_POSITION, index.position(ordinals[i] as number));
  }
  return writer.bytes;
}

export function checkpointResponse(position: number): Buffer {
  return encoded((response) => {
    const checkpoint = new streamsPb.ReadResp.Checkpoint();
    checkpoint.setCommitPosition(String(position));
    checkpoint.setPreparePosition(String(position));
    response.setCheckpoint(checkpoint);
  });
}

export function confirmationResponse(): Buffer {
  return encoded((response) => {
    const confirmation = new streamsPb.ReadResp.SubscriptionConfirmation();
    confirmation.setSubscriptionId(randomUUID());
    response.setConfirmation(confirmation);
  });
}

export function caughtUpResponse(): Buffer {
  return encoded((response) => response.setCaughtUp(new streamsPb.ReadResp.CaughtUp()));
}

export function fellBehindResponse(): Buffer {
  return encoded((response) => response.setFellBehind(new streamsPb.ReadResp.FellBehind()));
}

export function streamNotFoundResponse(stream: string): Buffer {
  return encoded((response) => {
    const identifier = new sharedPb.StreamIdentifier();
    identifier.setStreamName(Buffer.from(stream));
    const notFound = new streamsPb.ReadResp.StreamNotFound();
    notFound.setStreamIdentifier(identifier);
    response.setStreamNotFound(notFound);
  });
}

function encoded(fill: (response: ReadResp) => void): Buffer {
  const response = new streamsPb.ReadResp();
  fill(response);
  return framed(response.serializeBinary());
}
