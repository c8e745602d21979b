import { randomUUID } from 'node:crypto';
import type { Options } from 'amqplib';

/** A command as one sender of the ecosystem puts it: the same id however often it is sent. */
export interface Message {
  readonly body: unknown;
  readonly properties: Options.Publish & { exchange?: string };
}

type Shape = (key: string, payload: object) => Message;

const timestamp = () => new Date().toISOString();

const bloodbankEnvelope: Shape = (key, payload) => ({
  body: {
    event_id: randomUUID(),
    event_type: key,
    timestamp: timestamp(),
    version: '1.0.0',
    source: { host: 'worker-1', type: 'agent', app: 'flume' },
    correlation_ids: [randomUUID()],
    agent_context: { type: 'coding-agent', name: 'ada' },
    payload,
  },
  properties: {},
});

const v2Envelope: Shape = (key, payload) => ({
  body: {
    event_type: key,
    timestamp: timestamp(),
    source: 'flume',
    correlation_id: 'corr-456',
    payload,
  },
  properties: { messageId: randomUUID() },
});

const flumeEnvelope: Shape = (key, payload) => ({
  body: {
    event: key,
    version: '1.0',
    data: payload,
    exchange: 'amq.topic',
    routingKey: key,
    correlationId: 'corr-457',
    timestamp: timestamp(),
    source: 'flume',
  },
  properties: { messageId: `flume-${randomUUID()}`, exchange: 'amq.topic' },
});

const commandFields = (key: string, payload: object) => ({
  command_id: randomUUID(),
  target_agent: 'imi',
  issued_by: 'flume',
  action: key.slice('imi.cmd.'.length),
  priority: 'normal',
  ttl_ms: 60_000,
  command_payload: payload,
});

const commandEnvelope: Shape = (key, payload) => ({
  body: { event_type: 'command.envelope', payload: commandFields(key, payload) },
  properties: {},
});

const commandEnvelopeOnTop: Shape = (key, payload) => ({
  body: { event_type: 'command.envelope', ...commandFields(key, payload) },
  properties: {},
});

const bareBody: Shape = (_key, payload) => ({
  body: { ...payload, idempotency_key: `bare-${randomUUID()}` },
  properties: {},
});

/** One of each kind that iMi accepts (spec/bloodbank.md, "Envelopes we accept"). */
export const shapes: readonly Shape[] = [
  bloodbankEnvelope,
  v2Envelope,
  flumeEnvelope,
  commandEnvelope,
  commandEnvelopeOnTop,
  bareBody,
];
