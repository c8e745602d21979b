import { randomUUID } from 'node:crypto';
import type { Options } from 'amqplib';

/** A command as one sender of the ecosystem puts it: the same id however often it is sent. */
export interface Message {
  /** Id of the command, as the sender writes it. */
  readonly id: string;
  readonly body: unknown;
  readonly properties: Options.Publish & { exchange?: string };
}

/** Puts a command as one kind of sender would, under a new id of its kind. */
export type Shape = (key: string, payload: object) => Message;

type Form = (key: string, payload: object, id: string) => Omit<Message, 'id'>;

const timestamp = () => new Date().toISOString();

const bloodbankEnvelope: Form = (key, payload, id) => ({
  body: {
    event_id: id,
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

const v2Envelope: Form = (key, payload, id) => ({
  body: {
    event_type: key,
    timestamp: timestamp(),
    source: 'flume',
    correlation_id: 'corr-456',
    payload,
  },
  properties: { messageId: id },
});

const flumeEnvelope: Form = (key, payload, id) => ({
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
  properties: { messageId: id, exchange: 'amq.topic' },
});

const commandFields = (key: string, payload: object, id: string) => ({
  command_id: id,
  target_agent: 'imi',
  issued_by: 'flume',
  action: key.slice(key.lastIndexOf('.') + 1),
  priority: 'normal',
  ttl_ms: 60_000,
  command_payload: payload,
});

const commandEnvelope: Form = (key, payload, id) => ({
  body: { event_type: 'command.envelope', payload: commandFields(key, payload, id) },
  properties: {},
});

const commandEnvelopeOnTop: Form = (key, payload, id) => ({
  body: { event_type: 'command.envelope', ...commandFields(key, payload, id) },
  properties: {},
});

const bareBody: Form = (_key, payload, id) => ({
  body: { ...payload, idempotency_key: id },
  properties: {},
});

const from =
  (prefix: string, form: Form): Shape =>
  (key, payload) => {
    const id = `${prefix}${randomUUID()}`;
    return { id, ...form(key, payload, id) };
  };

/** One of each kind that iMi accepts (spec/bloodbank.md, "Envelopes we accept"). */
export const shapes: readonly Shape[] = [
  from('', bloodbankEnvelope),
  from('', v2Envelope),
  from('flume-', flumeEnvelope),
  from('', commandEnvelope),
  from('', commandEnvelopeOnTop),
  from('bare-', bareBody),
];
