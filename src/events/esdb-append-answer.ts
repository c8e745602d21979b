import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { find, ProtobufFields, textIn } from '../protobuf/fields.ts';
import { parseUUID, unpackToCommandError } from './esdb-client.ts';
import type { AppendResult } from './event-store.ts';

/** What became of an append. */
export type AppendAnswer = { readonly correlationId: string } & (
  | { readonly written: AppendResult }
  | { readonly error: Error }
);

/**
 * Decodes a `BatchAppendResp`: a success by hand, anything else as the client does it.
 * Throws when the bytes are no such message.
 */
export function decodeAnswer(bytes: Buffer): AppendAnswer {
  let correlationId = '';
  let written: AppendResult | null = null;
  const fields = new ProtobufFields(bytes);
  while (fields.next()) {
    if (fields.number === 1) correlationId = textIn(fields.inside(), 2);
    else if (fields.number === 3) written = resultIn(fields.inside());
  }
  return correlationId !== '' && written !== null
    ? { correlationId, written }
    : decodedByClient(bytes);
}

function resultIn(fields: ProtobufFields): AppendResult | null {
  let revision: number | null = null;
  let position = 0n;
  while (fields.next()) {
    if (fields.number === 1) revision = fields.value;
    else if (fields.number === 3) {
      const place = fields.inside();
      if (find(place, 1)) position = BigInt(place.value);
    }
  }
  return revision === null ? null : { revision, position };
}

/** Errors; and ids as two numbers, which is how some versions of the server write them. */
function decodedByClient(bytes: Buffer): AppendAnswer {
  const answer = streamsPb.BatchAppendResp.deserializeBinary(bytes);
  const correlationId = parseUUID(answer.getCorrelationId()) ?? '';
  const error = answer.getError();
  if (error !== undefined) {
    const name = Buffer.from(answer.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();
    return { correlationId, error: unpackToCommandError(error, name) };
  }
  const success = answer.getSuccess();
  const position = success?.getPosition()?.getCommitPosition();
  return {
    correlationId,
    written: { revision: Number(success?.getCurrentRevision()), position: BigInt(position ?? 0) },
  };
}
