import { randomUUID } from 'node:crypto';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';

/** An encoded `ReadResp`: events are stored encoded, so answers to reads are bytes throughout. */
export type EncodedRead = Buffer;

const EVENT_FIELD = 0x0a;
const COMMIT_POSITION_FIELD = 0x18;

/** `ReadResp { event { event: message, commit_position } }`, without decoding the message. */
export function eventResponse(message: Buffer, position: number): EncodedRead {
  const eventLength =
    1 + varintLength(message.length) + message.length + 1 + varintLength(position);
  const bytes = Buffer.allocUnsafe(1 + varintLength(eventLength) + eventLength);
  let at = 0;
  bytes[at++] = EVENT_FIELD;
  at = writeVarint(bytes, at, eventLength);
  bytes[at++] = EVENT_FIELD;
  at = writeVarint(bytes, at, message.length);
  at += message.copy(bytes, at);
  bytes[at++] = COMMIT_POSITION_FIELD;
  writeVarint(bytes, at, position);
  return bytes;
}

export function checkpointResponse(position: number): EncodedRead {
  return encoded((response) => {
    const checkpoint = new streamsPb.ReadResp.Checkpoint();
    checkpoint.setCommitPosition(String(position));
    checkpoint.setPreparePosition(String(position));
    response.setCheckpoint(checkpoint);
  });
}

export function confirmationResponse(): EncodedRead {
  return encoded((response) => {
    const confirmation = new streamsPb.ReadResp.SubscriptionConfirmation();
    confirmation.setSubscriptionId(randomUUID());
    response.setConfirmation(confirmation);
  });
}

export function caughtUpResponse(): EncodedRead {
  return encoded((response) => response.setCaughtUp(new streamsPb.ReadResp.CaughtUp()));
}

export function fellBehindResponse(): EncodedRead {
  return encoded((response) => response.setFellBehind(new streamsPb.ReadResp.FellBehind()));
}

export function streamNotFoundResponse(stream: string): EncodedRead {
  return encoded((response) => {
    const identifier = new sharedPb.StreamIdentifier();
    identifier.setStreamName(Buffer.from(stream));
    const notFound = new streamsPb.ReadResp.StreamNotFound();
    notFound.setStreamIdentifier(identifier);
    response.setStreamNotFound(notFound);
  });
}

function encoded(fill: (response: ReadResp) => void): EncodedRead {
  const response = new streamsPb.ReadResp();
  fill(response);
  return Buffer.from(response.serializeBinary());
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

function writeVarint(bytes: Buffer, at: number, value: number): number {
  let next = at;
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[next++] = (rest % 0x80) | 0x80;
  bytes[next++] = rest;
  return next;
}
