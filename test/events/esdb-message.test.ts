import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { v4 as uuid4 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { decodeSubscribed } from '../../src/events/esdb-message.ts';

const { ReadResp } = streamsPb;
const id = uuid4();

interface Parts {
  readonly data?: string;
  readonly metadata?: string;
  readonly contentType?: string;
  readonly position?: string;
}

/** As the generated classes encode it. */
function encodedEvent({
  data = '{"a":1}',
  metadata = '{"occurred_at":"2026-01-21T12:00:00Z"}',
  contentType = 'application/json',
  position = '1234567890123',
}: Parts = {}): Buffer {
  const recorded = new ReadResp.ReadEvent.RecordedEvent();
  const uuid = new sharedPb.UUID();
  uuid.setString(id);
  recorded.setId(uuid);
  const stream = new sharedPb.StreamIdentifier();
  stream.setStreamName(Buffer.from('work_item-ü'));
  recorded.setStreamIdentifier(stream);
  recorded.setStreamRevision('300');
  recorded.setPreparePosition('1');
  recorded.setCommitPosition(position);
  const map = recorded.getMetadataMap();
  // 2026-01-21T13:00:00Z in ticks of 100 ns.
  map.set('created', '17690004000000000');
  map.set('content-type', contentType);
  map.set('type', 'imi.work.started');
  recorded.setCustomMetadata(Buffer.from(metadata));
  recorded.setData(Buffer.from(data));
  const event = new ReadResp.ReadEvent();
  event.setEvent(recorded);
  event.setCommitPosition(position);
  const response = new ReadResp();
  response.setEvent(event);
  return Buffer.from(response.serializeBinary());
}

const eventOf = (parts: Parts) => decodeSubscribed(encodedEvent(parts));

describe('decodeSubscribed', () => {
  it('reads an event', () => {
    expect(eventOf({})).toEqual({
      kind: 'event',
      event: {
        ...{ id, type: 'imi.work.started', streamId: 'work_item-ü', revision: 300 },
        ...{ position: 1234567890123n, data: { a: 1 } },
        metadata: { occurred_at: '2026-01-21T12:00:00Z' },
      },
    });
  });

  it('gives an event of others without our metadata a beginning of its own', () => {
    for (const metadata of ['', '{}', 'none', 'null']) {
      expect(eventOf({ metadata })).toMatchObject({
        event: {
          metadata: {
            ...{ command_id: id, $correlationId: id, $causationId: id, actor: 'unknown' },
            source: { host: 'unknown', type: 'service', app: 'unknown' },
            ...{ schema_version: 1, occurred_at: '2026-01-21T13:00:00.000Z' },
          },
        },
      });
    }
  });

  it('hands on data that is no JSON as what it is, to be refused by who checks it', () => {
    expect(eventOf({ data: '{' })).toMatchObject({ event: { data: '{' } });
    const contentType = 'application/octet-stream';
    expect(eventOf({ contentType })).toMatchObject({ event: { data: Buffer.from('{"a":1}') } });
  });

  it('reads a checkpoint, and nothing in what says nothing of the log', () => {
    const response = new ReadResp();
    const checkpoint = new ReadResp.Checkpoint();
    checkpoint.setCommitPosition('77');
    checkpoint.setPreparePosition('76');
    response.setCheckpoint(checkpoint);
    const bytes = Buffer.from(response.serializeBinary());
    expect(decodeSubscribed(bytes)).toEqual({ kind: 'checkpoint', position: 77n });
    const caughtUp = new ReadResp();
    caughtUp.setCaughtUp(new ReadResp.CaughtUp());
    expect(decodeSubscribed(Buffer.from(caughtUp.serializeBinary()))).toBeNull();
    expect(decodeSubscribed(Buffer.alloc(0))).toBeNull();
  });

  it('throws when a message was cut off, wherever', () => {
    const whole = encodedEvent();
    for (let length = 1; length < whole.length; length += 1) {
      expect(() => decodeSubscribed(whole.subarray(0, length))).toThrow('cannot be decoded');
    }
  });
});
