import { convertGrpcEvent } from '@eventstore/db-client/dist/utils/convertGrpcEvent.js';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRead } from '../../src/events/esdb-message.ts';
import type { RecordedEvent, SubscriptionMessage } from '../../src/events/event-store.ts';

const { ReadResp } = streamsPb;

const number = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 });
const object = fc.dictionary(fc.string(), fc.jsonValue());
const written = fc.record({
  ...{ id: fc.uuid(), streamId: text, type: text, revision: number, position: number },
  ...{ ticks: number, metadata: object, isJson: fc.boolean() },
  data: fc.oneof(object, fc.string()),
});
type Written = typeof written extends fc.Arbitrary<infer T> ? T : never;

/** The message in which the store sends an event, as the generated code of the client encodes it. */
function responseWith(event: Written): streamsPb.ReadResp {
  const id = new sharedPb.UUID();
  id.setString(event.id);
  const stream = new sharedPb.StreamIdentifier();
  stream.setStreamName(Buffer.from(event.streamId));
  const recorded = new ReadResp.ReadEvent.RecordedEvent();
  recorded.setId(id);
  recorded.setStreamIdentifier(stream);
  recorded.setStreamRevision(String(event.revision));
  recorded.setPreparePosition(String(event.position));
  recorded.setCommitPosition(String(event.position));
  recorded.getMetadataMap().set('type', event.type);
  recorded.getMetadataMap().set('created', String(event.ticks));
  const contentType = event.isJson ? 'application/json' : 'application/octet-stream';
  recorded.getMetadataMap().set('content-type', contentType);
  recorded.setCustomMetadata(Buffer.from(JSON.stringify(event.metadata)));
  recorded.setData(Buffer.from(JSON.stringify(event.data)));
  const readEvent = new ReadResp.ReadEvent();
  readEvent.setEvent(recorded);
  readEvent.setCommitPosition(String(event.position));
  const response = new ReadResp();
  response.setEvent(readEvent);
  return response;
}

const bytesOf = (response: streamsPb.ReadResp) => Buffer.from(response.serializeBinary());

function eventIn(message: SubscriptionMessage | null): RecordedEvent {
  if (message?.kind !== 'event') throw new Error('Not an event');
  return message.event;
}

const asValues = (data: unknown) => (data instanceof Uint8Array ? [...data] : data);

describe('A message of a read', () => {
  it('is decoded to what the client makes of it', () => {
    fc.assert(
      fc.property(written, (event) => {
        const response = responseWith(event);
        const decoded = eventIn(decodeRead(bytesOf(response)));
        const theirs = convertGrpcEvent(response.getEvent() as streamsPb.ReadResp.ReadEvent).event;
        expect({ ...decoded, data: asValues(decoded.data) }).toMatchObject({
          ...{ id: theirs?.id, streamId: theirs?.streamId, type: theirs?.type },
          ...{ revision: Number(theirs?.revision), position: theirs?.position?.commit },
          ...{ data: asValues(theirs?.data), metadata: theirs?.metadata },
        });
      }),
    );
  });

  it('gives an event of others that says no time the one at which it was written', () => {
    const at = new Date('2026-01-21T14:30:22.000Z');
    const [event] = fc.sample(written, 1);
    const ticks = BigInt(at.getTime()) * 10_000n;
    const response = responseWith({ ...(event as Written), ticks: Number(ticks), metadata: {} });
    expect(eventIn(decodeRead(bytesOf(response)))).toMatchObject({
      metadata: { occurred_at: at.toISOString(), actor: 'unknown' },
    });
  });

  it('hands on data that is no JSON as what it is, to be refused by who checks it', () => {
    const [event] = fc.sample(written, 1);
    const response = responseWith({ ...(event as Written), isJson: true });
    response.getEvent()?.getEvent()?.setData(Buffer.from('{'));
    expect(eventIn(decodeRead(bytesOf(response))).data).toBe('{');
  });

  it.each(['', 'none', 'null', '{}'])(
    'has its own beginning when its metadata is "%s"',
    (metadata) => {
      const [event] = fc.sample(written, 1);
      const response = responseWith(event as Written);
      response.getEvent()?.getEvent()?.setCustomMetadata(Buffer.from(metadata));
      const { id, metadata: own } = eventIn(decodeRead(bytesOf(response)));
      expect(own).toMatchObject({ command_id: id, $correlationId: id, $causationId: id });
    },
  );

  it('is a checkpoint, or nothing of the log', () => {
    const checkpoint = new ReadResp.Checkpoint();
    checkpoint.setCommitPosition('77');
    const reached = new ReadResp();
    reached.setCheckpoint(checkpoint);
    expect(decodeRead(bytesOf(reached))).toEqual({ kind: 'checkpoint', position: 77n });
    const missing = new ReadResp();
    missing.setStreamNotFound(new ReadResp.StreamNotFound());
    expect(decodeRead(bytesOf(missing))).toBeNull();
  });

  it('is refused when it was cut off', () => {
    const [event] = fc.sample(written, 1);
    const whole = bytesOf(responseWith(event as Written));
    expect(() => decodeRead(whole.subarray(0, whole.length - 3))).toThrow();
  });
});
