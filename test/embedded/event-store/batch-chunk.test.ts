import { randomUUID } from 'node:crypto';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import fc from 'fast-check';
import timestampPb from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { expect, test } from 'vitest';
import { errorAnswer, successAnswer } from '../../../src/embedded/event-store/batch-answer.ts';
import { batchChunk } from '../../../src/embedded/event-store/batch-chunk.ts';
import {
  ANY,
  InvalidArgument,
  NO_STREAM,
  STREAM_EXISTS,
  StreamDeleted,
} from '../../../src/embedded/event-store/errors.ts';
import { encodeFrame } from '../../../src/embedded/event-store/frame.ts';
import { toStatus } from '../../../src/embedded/event-store/grpc-errors.ts';

const { BatchAppendReq, BatchAppendResp, ReadResp } = streamsPb;

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 });
const number = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));
const expectation = fc.oneof(number, fc.constantFrom(NO_STREAM, ANY, STREAM_EXISTS));
const bytes = fc.uint8Array({ maxLength: 40_000 });

/** A chunk as the generated code of the client encodes it. */
function encoded(stream: string, expected: number, deadline: Date, events: Proposed[]): Buffer {
  const request = new BatchAppendReq();
  request.setCorrelationId(uuid(randomUUID()));
  const options = new BatchAppendReq.Options();
  const identifier = new sharedPb.StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream));
  options.setStreamIdentifier(identifier);
  options.setDeadline(timestampPb.Timestamp.fromDate(deadline));
  const empty = () => new sharedPb.Empty() as never;
  if (expected === NO_STREAM) options.setNoStream(empty());
  else if (expected === ANY) options.setAny(empty());
  else if (expected === STREAM_EXISTS) options.setStreamExists(empty());
  else options.setStreamPosition(String(expected));
  request.setOptions(options);
  for (const { id, type, contentType, data, metadata } of events) {
    const message = new BatchAppendReq.ProposedMessage();
    message.setId(uuid(id));
    message.getMetadataMap().set('type', type).set('content-type', contentType);
    message.setData(data);
    message.setCustomMetadata(metadata);
    request.addProposedMessages(message);
  }
  request.setIsFinal(true);
  return Buffer.from(request.serializeBinary());
}

interface Proposed {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

const proposed = fc.record({
  id: fc.uuid(),
  type: text,
  contentType: text,
  data: bytes,
  metadata: bytes,
});

function uuid(id: string) {
  const result = new sharedPb.UUID();
  result.setString(id);
  return result;
}

const asBuffers = ({ data, metadata, ...event }: Proposed) => ({
  ...event,
  data: Buffer.from(data),
  metadata: Buffer.from(metadata),
});

test("reads what the client's own code encodes", () => {
  fc.assert(
    fc.property(
      text,
      expectation,
      fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true }),
      fc.array(proposed, { maxLength: 3 }),
      (stream, expected, deadline, events) => {
        const chunk = batchChunk(encoded(stream, expected, deadline, events));
        expect(chunk.options).toMatchObject({ stream, expected });
        expect(chunk.options?.deadline).toBeCloseTo(deadline.getTime(), 0);
        expect(chunk.events.map(asBuffers)).toEqual(events.map(asBuffers));
        expect(chunk.isFinal).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

test('reads an id in its other form, of two numbers', () => {
  const structured = new sharedPb.UUID.Structured();
  structured.setMostSignificantBits(String(0x0123456789abcdefn));
  structured.setLeastSignificantBits('-1');
  const id = new sharedPb.UUID();
  id.setStructured(structured);
  const message = new BatchAppendReq.ProposedMessage();
  message.setId(id);
  const request = new BatchAppendReq();
  request.addProposedMessages(message);
  const [event] = batchChunk(Buffer.from(request.serializeBinary())).events;
  expect(event?.id).toBe('01234567-89ab-cdef-ffff-ffffffffffff');
});

test('refuses bytes that are no message, and never reads beyond them', () => {
  const whole = encoded('s', 7, new Date(0), []);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(whole.length), (noise, cut) => {
      for (const message of [Buffer.from(noise), whole.subarray(0, cut)]) {
        try {
          batchChunk(message);
        } catch (error) {
          if (!(error instanceof InvalidArgument))
            expect(String(error)).toMatch(/decode|Assertion/);
        }
      }
    }),
  );
});

test("answers what the client's own code decodes", () => {
  fc.assert(
    fc.property(text, expectation, number, number, (stream, expected, revision, position) => {
      const { correlationId, options } = batchChunk(encoded(stream, expected, new Date(0), []));
      if (!options) throw new Error('the chunk has options');
      const decoded = (answer: Buffer) => BatchAppendResp.deserializeBinary(answer.subarray(5));
      const success = decoded(successAnswer(correlationId, options, { revision, position }));
      expect(success.getCorrelationId()?.getString()).toMatch(/^[0-9a-f-]{36}$/);
      expect(Number(success.getSuccess()?.getCurrentRevision())).toBe(revision);
      expect(Number(success.getSuccess()?.getPosition()?.getCommitPosition())).toBe(position);
      expect(Number(success.getSuccess()?.getPosition()?.getPreparePosition())).toBe(position);
      expect(success.hasNoStream()).toBe(expected === NO_STREAM);
      expect(success.hasAny()).toBe(expected === ANY);
      expect(success.hasStreamExists()).toBe(expected === STREAM_EXISTS);
      const nothing = decoded(
        successAnswer(correlationId, options, { revision: -1, position: null }),
      );
      expect(nothing.getSuccess()?.hasNoStream()).toBe(true);
      expect(nothing.getSuccess()?.hasNoPosition()).toBe(true);
      const refusal = toStatus(new StreamDeleted(stream));
      const refused = decoded(errorAnswer(correlationId, options, refusal));
      expect(refused.getError()?.getMessage()).toBe(refusal.getMessage());
      expect(
        Buffer.from(refused.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString(),
      ).toBe(stream);
    }),
    { numRuns: 60 },
  );
});

test("stores what the client's own code decodes", () => {
  fc.assert(
    fc.property(text, number, number, proposed, (stream, revision, offset, event) => {
      const { records } = encodeFrame([{ stream, revision, event }], offset);
      const [record] = records;
      if (!record) throw new Error('a frame of one event has one record');
      const read = ReadResp.ReadEvent.RecordedEvent.deserializeBinary(record.message);
      expect(read.getId()?.getString()).toBe(event.id);
      expect(Number(read.getStreamRevision())).toBe(revision);
      expect(Number(read.getCommitPosition())).toBe(record.position);
      expect(read.getMetadataMap().get('type')).toBe(event.type);
      expect(read.getMetadataMap().get('content-type')).toBe(event.contentType);
      expect(Number(read.getMetadataMap().get('created')) / 10_000).toBeLessThanOrEqual(Date.now());
      expect(asBuffers({ ...event, data: read.getData_asU8() }).data).toEqual(
        Buffer.from(event.data),
      );
      expect(Buffer.from(read.getCustomMetadata_asU8())).toEqual(Buffer.from(event.metadata));
    }),
    { numRuns: 60 },
  );
});
