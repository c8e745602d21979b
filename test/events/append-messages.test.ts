import { randomUUID } from 'node:crypto';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import statusPb from '@eventstore/db-client/generated/status_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import fc from 'fast-check';
import anyPb from 'google-protobuf/google/protobuf/any_pb.js';
import { expect, test } from 'vitest';
import { decodeAnswer } from '../../src/events/esdb-append-answer.ts';
import { encodeAppend } from '../../src/events/esdb-append-request.ts';
import { hasType } from '../../src/events/esdb-errors.ts';

const { BatchAppendReq, BatchAppendResp } = streamsPb;

const events = fc.array(
  fc.record({
    id: fc.uuid(),
    type: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }),
    data: fc.dictionary(fc.string(), fc.jsonValue()),
    metadata: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()),
  }),
);

test('an append is encoded as the generated classes read it', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }),
      fc.oneof(
        fc.constantFrom('no_stream' as const, 'any' as const),
        fc.nat(Number.MAX_SAFE_INTEGER),
      ),
      fc.integer({ min: 0, max: 4e12 }),
      events,
      (streamId, expected, deadline, proposed) => {
        const id = randomUUID();
        const bytes = encodeAppend(id, deadline, { streamId, expected, events: proposed });
        const read = BatchAppendReq.deserializeBinary(bytes);
        const options = read.getOptions();
        expect(read.getCorrelationId()?.getString()).toBe(id);
        expect(read.getIsFinal()).toBe(true);
        expect(text(options?.getStreamIdentifier()?.getStreamName_asU8())).toBe(streamId);
        expect(options?.getDeadline()?.toDate().getTime()).toBe(deadline);
        expect(options?.hasNoStream()).toBe(expected === 'no_stream');
        expect(options?.hasAny()).toBe(expected === 'any');
        if (typeof expected === 'number')
          expect(options?.getStreamPosition()).toBe(String(expected));
        const messages = read.getProposedMessagesList().map((message) => ({
          id: message.getId()?.getString(),
          type: message.getMetadataMap().get('type'),
          data: JSON.parse(text(message.getData_asU8())),
          metadata: JSON.parse(text(message.getCustomMetadata_asU8())),
        }));
        expect(messages).toEqual(JSON.parse(JSON.stringify(proposed)));
        for (const message of read.getProposedMessagesList())
          expect(message.getMetadataMap().get('content-type')).toBe('application/json');
      },
    ),
  );
});

const text = (bytes: Uint8Array = new Uint8Array()): string => Buffer.from(bytes).toString();

const id = 'b1f6cd14-3c5a-4a6c-9d1e-d1a1fbb0a0a7';

function stringId() {
  const uuid = new sharedPb.UUID();
  uuid.setString(id);
  return uuid;
}

/** The same id as two numbers with a sign, as .NET has them. */
function structuredId() {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  const structured = new sharedPb.UUID.Structured();
  structured.setMostSignificantBits(String(bytes.readBigInt64BE(0)));
  structured.setLeastSignificantBits(String(bytes.readBigInt64BE(8)));
  const uuid = new sharedPb.UUID();
  uuid.setStructured(structured);
  return uuid;
}

test.each([
  ['text', stringId],
  ['two numbers', structuredId],
])('a success is decoded with its id as %s', (_, idOf) => {
  const answer = new BatchAppendResp();
  const success = new BatchAppendResp.Success();
  const position = new sharedPb.AllStreamPosition();
  position.setCommitPosition('9007199254740991');
  position.setPreparePosition('9007199254740990');
  success.setCurrentRevision('41');
  success.setPosition(position);
  answer.setCorrelationId(idOf());
  answer.setSuccess(success);
  expect(decodeAnswer(Buffer.from(answer.serializeBinary()))).toEqual({
    correlationId: id,
    written: { revision: 41, position: 9007199254740991n },
  });
});

test('a refusal is the error that the client makes of it', () => {
  const answer = new BatchAppendResp();
  const status = new statusPb.Status();
  const details = new anyPb.Any();
  const wrong = new sharedPb.WrongExpectedVersion();
  wrong.setCurrentStreamRevision('7');
  wrong.setExpectedStreamPosition('3');
  details.pack(wrong.serializeBinary(), 'event_store.client.WrongExpectedVersion');
  status.setDetails(details);
  answer.setCorrelationId(stringId());
  answer.setError(status);
  const decoded = decodeAnswer(Buffer.from(answer.serializeBinary()));
  expect(decoded.correlationId).toBe(id);
  expect(hasType('error' in decoded && decoded.error, 'wrong-expected-version')).toBe(true);
});
