import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/bloodbank/delivery.ts';
import { readEnvelope } from '../../src/bloodbank/envelope-in.ts';
import { MalformedMessageError } from '../../src/bloodbank/malformed.ts';
import { toUuid } from '../../src/events/ids.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const commandId = '0b0d9f0e-4f1c-4a57-9d39-5d1c1d0f5a10';
const rootId = '7f3b8c1a-92d4-4f0e-8a4b-1f6f0a4f7c22';
const causeId = '31f9a1d2-6a51-4f64-8f7e-0a87f4b6d933';

const delivery = (body: unknown, hints: Partial<Delivery> = {}): Delivery => ({
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  routingKey: 'imi.cmd.start_work',
  exchange: 'bloodbank.events.v1',
  ...hints,
});
const payload = { project_id: 'p', branch_name: 'feat/x' };
const read = (body: unknown, hints?: Partial<Delivery>) => readEnvelope(delivery(body, hints));

const eventEnvelope = {
  event_id: commandId,
  event_type: 'imi.cmd.start_work',
  timestamp: '2026-01-21T15:30:22+01:00',
  version: '1.0.0',
  source: { host: 'box', type: 'agent', app: 'coder', meta: {} },
  correlation_ids: [rootId],
  causation_id: causeId,
  agent_context: { type: 'coding-agent', name: 'builder' },
  payload,
};

describe('a Bloodbank event envelope', () => {
  it('gives payload, ids, actor, source and time', () => {
    expect(read(eventEnvelope)).toEqual({
      shape: 'event_envelope',
      type: 'imi.cmd.start_work',
      payload,
      commandId,
      correlationId: rootId,
      causationId: causeId,
      actor: 'builder',
      source: { host: 'box', type: 'agent', app: 'coder' },
      timestamp: '2026-01-21T14:30:22.000Z',
    });
  });

  it('starts a trace of its own when it has no parents', () => {
    expect(read({ ...eventEnvelope, correlation_ids: [] }).correlationId).toBe(commandId);
  });

  it('is believed before the message properties', () => {
    const message = read(eventEnvelope, { messageId: randomUUID(), correlationId: randomUUID() });
    expect(message).toMatchObject({ commandId, correlationId: rootId });
  });

  it('tolerates fields it does not know', () => {
    expect(read({ ...eventEnvelope, added_next_year: 1 })).toEqual(read(eventEnvelope));
  });
});

describe('the other shapes', () => {
  it('reads a v2 document with its string source and one correlation id', () => {
    const v2 = {
      event_type: 'imi.cmd.start_work',
      source: 'coder',
      correlation_id: rootId,
      timestamp: '2026-01-21T14:30:22Z',
      payload,
    };
    expect(read(v2, { messageId: commandId })).toMatchObject({
      shape: 'v2',
      payload,
      commandId,
      correlationId: rootId,
      actor: 'coder',
      source: { host: 'unknown', type: 'service', app: 'coder' },
    });
  });

  it('reads a Flume message: payload is data, and corr-456 becomes a UUID', () => {
    const flume = {
      event: 'imi.cmd.start_work',
      version: '1.0',
      data: payload,
      exchange: 'amq.topic',
      routingKey: 'imi.cmd.start_work',
      correlationId: 'corr-456',
      causationId: causeId,
      timestamp: '2026-01-21T14:30:22Z',
      source: 'flume',
    };
    expect(read(flume, { messageId: 'flume-1' })).toMatchObject({
      shape: 'flume',
      type: 'imi.cmd.start_work',
      payload,
      commandId: toUuid('flume-1'),
      originalId: 'flume-1',
      correlationId: toUuid('corr-456'),
      originalCorrelationId: 'corr-456',
      causationId: causeId,
      actor: 'flume',
    });
  });

  const fields = {
    command_id: randomUUID(),
    target_agent: 'imi',
    issued_by: 'conductor',
    action: 'start_work',
    priority: 'normal',
    ttl_ms: 30_000,
    idempotency_key: 'start:42',
    command_payload: payload,
  };
  const expected = {
    shape: 'command',
    type: 'imi.cmd.start_work',
    payload,
    commandId: toUuid('start:42'),
    originalId: 'start:42',
    actor: 'conductor',
    action: 'start_work',
    ttlMs: 30_000,
  };

  it('reads a command envelope with its fields in the payload', () => {
    const envelope = { ...eventEnvelope, event_type: 'command.envelope', payload: fields };
    expect(read(envelope)).toMatchObject({ ...expected, correlationId: rootId });
  });

  it('reads a command envelope with its fields at top level', () => {
    expect(read({ event_type: 'command.envelope', ...fields })).toMatchObject(expected);
  });

  it('reads a bare command body', () => {
    const message = read({ ...payload, correlation_id: rootId }, { appId: 'script' });
    expect(message).toMatchObject({
      shape: 'bare',
      type: 'imi.cmd.start_work',
      payload,
      correlationId: rootId,
      actor: 'script',
    });
  });

  it('does not take the source of the work in a bare command for its sender', () => {
    const source = { type: 'plane_ticket', ref: 'PROJ-1' };
    const message = read({ ...payload, source }, { appId: 'flume' });
    expect(message.payload.source).toEqual(source);
    expect(message.source).toEqual({ host: 'unknown', type: 'service', app: 'flume' });
  });

  it('reads a bare tool mutation under its own name', () => {
    const mutation = {
      event_type: 'tool.mutation.edit',
      tool_name: 'Edit',
      agent_id: 'agent-7',
      correlation_id: 'session-1',
      file_path: 'src/a.ts',
    };
    expect(read(mutation, { routingKey: 'tool.mutation.edit' })).toMatchObject({
      shape: 'bare',
      type: 'tool.mutation.edit',
      payload: mutation,
      actor: 'agent-7',
      correlationId: toUuid('session-1'),
    });
  });

  it('does not take a Plane webhook for a Flume message', () => {
    const webhook = { event: 'issue', action: 'update', webhook_id: 'w', data: { id: 'i' } };
    expect(read(webhook)).toMatchObject({ shape: 'bare', payload: webhook });
  });
});

describe('the id of a command', () => {
  const ids = {
    idempotency_key: randomUUID(),
    command_id: randomUUID(),
    event_id: randomUUID(),
  };
  const inPayload = {
    ...payload,
    idempotency_key: ids.idempotency_key,
    command_id: ids.command_id,
  };
  const hints = { messageId: randomUUID() };
  const without = (...names: string[]) => {
    const body: Record<string, unknown> = { ...eventEnvelope, ...ids };
    for (const name of names) delete body[name];
    return body;
  };

  it.each([
    ['the idempotency key first', without(), ids.idempotency_key],
    ['then the command id', without('idempotency_key'), ids.command_id],
    ['then the event id', without('idempotency_key', 'command_id'), ids.event_id],
    [
      'then the message id',
      { ...without('idempotency_key', 'command_id', 'event_id'), source: 'v2' },
      hints.messageId,
    ],
    [
      'the payload as well as the top level',
      { ...eventEnvelope, payload: inPayload },
      ids.idempotency_key,
    ],
  ])('is read from %s', (_, body, id) => {
    expect(read(body, hints).commandId).toBe(id);
  });

  it('is not the UUID of all zeros, which stands for none, nor is any other id', () => {
    const nil = '00000000-0000-0000-0000-000000000000';
    expect(read({ ...eventEnvelope, event_id: nil }, hints).commandId).toBe(hints.messageId);
    const named = read({ ...eventEnvelope, correlation_ids: [nil], correlation_id: nil });
    expect(named.correlationId).toBe(commandId);
    const most = 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF';
    const { correlationId, causationId } = read({
      ...eventEnvelope,
      correlation_id: most,
      causation_id: most,
    });
    expect(correlationId).toBe(toUuid(most));
    expect(correlationId).not.toBe(most.toLowerCase());
    expect(causationId).toBe(correlationId);
  });

  it('is derived from key and body when the sender gave none', () => {
    const first = read(payload);
    expect(first.commandId).toMatch(uuid);
    expect(first).not.toHaveProperty('originalId');
    expect(read(payload)).toEqual(first);
    expect(read(payload, { routingKey: 'imi.cmd.complete_work' }).commandId).not.toBe(
      first.commandId,
    );
    expect(read({ ...payload, more: 1 }).commandId).not.toBe(first.commandId);
  });

  it('counts empty and null as not given', () => {
    const message = read({ ...payload, idempotency_key: '', command_id: null }, hints);
    expect(message.commandId).toBe(hints.messageId);
  });

  it('is compared without regard to case', () => {
    const upper = read({ ...eventEnvelope, event_id: commandId.toUpperCase() });
    expect(upper.commandId).toBe(commandId);
    expect(upper).not.toHaveProperty('originalId');
  });
});

describe('a message that cannot be read', () => {
  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  it.each<[string, string | Buffer, string]>([
    ['no JSON', 'hello', 'body_not_json'],
    ['nothing', '', 'body_not_json'],
    ['a list', '[]', 'body_not_object'],
    ['null', 'null', 'body_not_object'],
    ['a string', '"imi"', 'body_not_object'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'body_not_utf8'],
    ['more than the allowed depth', deep(33), 'body_too_deep'],
    ['a bottomless pit', deep(50_000), 'body_too_deep'],
    ['more than the allowed size', `{"a":"${'x'.repeat(1024 * 1024)}"}`, 'body_too_large'],
    [
      'a payload that is no object',
      JSON.stringify({ ...eventEnvelope, payload: 'x' }),
      'payload_not_object',
    ],
    ['a null payload', JSON.stringify({ ...eventEnvelope, payload: null }), 'payload_not_object'],
    [
      'an envelope without a payload',
      JSON.stringify({ ...eventEnvelope, payload: undefined }),
      'payload_missing',
    ],
    [
      'Flume data that is no object',
      JSON.stringify({ event: 'e', data: [], routingKey: 'k' }),
      'payload_not_object',
    ],
    ['an id that is an object', JSON.stringify({ idempotency_key: {} }), 'bad_id'],
    ['an id without end', JSON.stringify({ command_id: 'x'.repeat(513) }), 'bad_id'],
  ])('is %s', (_, body, code) => {
    const message = { ...delivery('{}'), body: Buffer.from(body) };
    expect(() => readEnvelope(message)).toThrow(
      expect.objectContaining({ name: 'MalformedMessageError', code }),
    );
  });

  it('is described without a word of its contents', () => {
    const secret = 'hunter2';
    for (const body of [secret, `{"idempotency_key":{"${secret}":1}}`, `["${secret}"]`]) {
      expect(() => read(body)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(secret) }),
      );
    }
  });

  it('allows as much depth as the limit says', () => {
    expect(read(deep(32)).shape).toBe('bare');
  });
});

describe('any message at all', () => {
  it('is read the same way twice, or refused with a typed error', () => {
    const names = fc.constantFrom(
      ...['event_type', 'event_id', 'payload', 'data', 'event', 'routingKey', 'action'],
      ...[
        'command_payload',
        'command_id',
        'idempotency_key',
        'correlation_ids',
        'source',
        'ttl_ms',
      ],
      ...['agent_context', 'timestamp', '__proto__', 'constructor'],
    );
    const body = fc.dictionary(fc.oneof(names, fc.string()), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(fc.oneof(body, fc.jsonValue()), (value) => {
        const message = delivery(JSON.stringify(value));
        try {
          const result = readEnvelope(message);
          expect(result.commandId).toMatch(uuid);
          expect(result.correlationId).toMatch(uuid);
          expect(result.actor.length).toBeGreaterThan(0);
          expect(typeof result.payload).toBe('object');
          expect(readEnvelope(message)).toEqual(result);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessageError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never throws anything but a typed error, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readEnvelope({ ...delivery('{}'), body: Buffer.from(bytes) });
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessageError);
        }
      }),
    );
  });
});
