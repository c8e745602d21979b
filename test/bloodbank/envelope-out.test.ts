import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { propertiesOf, toEnvelope } from '../../src/bloodbank/envelope-out.ts';
import { violationsOf } from './envelope-rules.ts';
import { recordedEvent } from './events.ts';

const event = recordedEvent({ position: 9_007_199_254_740_993n, revision: 3 });
const envelope = toEnvelope(event, 12n, 'host-1');

/** What consumers read: the envelope after its way through JSON. */
const onTheWire = (value: unknown) => JSON.parse(JSON.stringify(value));

describe('the published envelope', () => {
  it('is accepted by every rule of the ecosystem', () => {
    expect(violationsOf(onTheWire(envelope), event.type)).toEqual([]);
  });

  it('says what happened, where it stands and what was published before it', () => {
    expect(envelope).toMatchObject({
      event_id: event.id,
      event_type: event.type,
      timestamp: event.metadata.occurred_at,
      version: '1.0.0',
      correlation_id: event.metadata.$correlationId,
      causation_id: event.metadata.$causationId,
      correlation_ids: [event.metadata.$causationId],
      payload: {
        ...event.data,
        position: '9007199254740993',
        previous_position: '12',
        stream_revision: 3,
      },
    });
  });

  it('names no previous position for the first event ever', () => {
    const first = toEnvelope(event, null, 'host-1');
    expect(first.payload.previous_position).toBeNull();
    expect(violationsOf(onTheWire(first), event.type)).toEqual([]);
  });

  it('leaves the cause out when there is none', () => {
    const uncaused = toEnvelope(
      { ...event, metadata: { ...event.metadata, $causationId: '' } },
      null,
      'host-1',
    );
    expect(uncaused).not.toHaveProperty('causation_id');
    expect(violationsOf(onTheWire(uncaused), event.type)).toEqual([]);
  });

  it('travels persistent and mandatory under the id of the event and the root of its trace', () => {
    expect(propertiesOf(envelope)).toMatchObject({
      persistent: true,
      mandatory: true,
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      messageId: event.id,
      correlationId: event.metadata.$correlationId,
    });
  });
});

describe('the rules of the ecosystem', () => {
  const spoiled: [string, Record<string, unknown>, string][] = [
    ['a source that is a string', { source: 'imi' }, 'source is not an object'],
    [
      'a source of type system',
      { source: { ...envelope.source, type: 'system' } },
      'source.type is not a known one',
    ],
    [
      'a source without an app',
      { source: { ...envelope.source, app: null } },
      'source.app is missing or null',
    ],
    [
      'a correlation id like corr-456',
      { correlation_id: 'corr-456' },
      'correlation_id is not a UUID',
    ],
    [
      'a parent that is no UUID',
      { correlation_ids: ['corr-456'] },
      'correlation_ids is not a list of UUIDs',
    ],
    ['an event id that is no UUID', { event_id: 'evt-1' }, 'event_id is not a UUID'],
    ['version 1.0', { version: '1.0' }, 'version is not x.y.z'],
    ['a null causation id', { causation_id: null }, 'causation_id is there and not a UUID'],
    ['a payload that is a list', { payload: [] }, 'payload is not an object'],
    ['an agent context without a type', { agent_context: {} }, 'agent_context has no type'],
    [
      'an event type with a hyphen',
      { event_type: 'imi.work-started' },
      'event_type has a hyphen, a capital or an empty part',
    ],
    [
      'an event type with a capital',
      { event_type: 'imi.Work.started' },
      'event_type has a hyphen, a capital or an empty part',
    ],
    [
      'an event type over 255 characters',
      { event_type: `imi.${'a'.repeat(252)}` },
      'event_type is over 255 characters',
    ],
  ];
  it.each(spoiled)('refuse %s', (_, change, rule) => {
    const bad = { ...onTheWire(envelope), ...change };
    expect(violationsOf(bad, bad.event_type)).toEqual([rule]);
  });

  it('refuse an envelope under another routing key', () => {
    expect(violationsOf(onTheWire(envelope), `imi.${randomUUID()}`)).toEqual([
      'event_type is not the routing key',
    ]);
  });
});
