import { randomUUID } from 'node:crypto';
import { Parser } from '@asyncapi/parser';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import type { ZodType } from 'zod';
import { type EnvelopeShape, readEnvelope } from '../../src/bloodbank/envelope-in.ts';
import { toEnvelope } from '../../src/bloodbank/envelope-out.ts';
import { consumedQueues, v2Keys } from '../../src/bloodbank/topology.ts';
import { answering } from '../../src/commands/answers.ts';
import type { Outcome } from '../../src/commands/command.ts';
import { replyOf } from '../../src/commands/command-reply.ts';
import { commandNames, definitions } from '../../src/commands/definitions.ts';
import { planeAnswersTo } from '../../src/commands/plane-answers.ts';
import { registerProject } from '../../src/commands/project-schemas.ts';
import { v2AnswersTo } from '../../src/commands/v2-answers.ts';
import { createWorktree, mergeWorktree } from '../../src/commands/worktree-schemas.ts';
import { asyncApiOf } from '../../src/contract/asyncapi.ts';
import { eventContracts, recordedExample } from '../../src/contract/event-contracts.ts';
import { catalogue } from '../../src/events/catalogue.ts';
import { violationsOf } from '../bloodbank/envelope-rules.ts';

interface Message {
  readonly payload: object;
  readonly examples?: readonly { readonly name: string; readonly payload: unknown }[];
}
interface Channel {
  readonly address: string | null;
  readonly messages?: object;
  readonly bindings?: { readonly amqp: { readonly is: string; readonly exchange?: object } };
  readonly 'x-imi-bindings'?: readonly object[];
}
interface Document {
  readonly servers: { readonly bloodbank: { readonly host: string; readonly protocol: string } };
  readonly channels: { readonly [name: string]: Channel };
  readonly operations: { readonly [name: string]: { readonly action: string; reply?: object } };
  readonly components: { readonly messages: { readonly [name: string]: Message } };
}

const options = { version: '1.2.3', exchange: 'bloodbank.events.v1', queueType: 'quorum' } as const;
// As a client reads it.
const served = (brokerUrl?: string): Document =>
  JSON.parse(JSON.stringify(asyncApiOf({ ...options, brokerUrl })));
const document = served();
const { channels, operations, components } = document;

const ajv = new Ajv({ strict: false });
addFormats.default(ajv);
const validators = new Map<string, ValidateFunction>(
  Object.entries(components.messages).map(([name, { payload }]) => [name, ajv.compile(payload)]),
);
const errorsOf = (name: string, value: unknown) => {
  const validate = validators.get(name) as ValidateFunction;
  validate(JSON.parse(JSON.stringify(value)));
  return validate.errors ?? [];
};
const schemas: { readonly [key: string]: ZodType } = {
  ...Object.fromEntries(commandNames.map((name) => [`imi.cmd.${name}`, definitions[name].schema])),
  'imi.project.register': registerProject,
  'imi.worktree.create': createWorktree,
  'imi.worktree.merge': mergeWorktree,
};
const keys = Object.keys(schemas);

it('The official parser finds the document valid AsyncAPI 3.0, with nothing to warn of', async () => {
  const { document: parsed, diagnostics } = await new Parser().parse(JSON.stringify(document));
  const information = 2;
  expect(diagnostics.filter(({ severity }) => severity < information)).toEqual([]);
  expect(parsed?.version()).toBe('3.0.0');
});

it('Every event of the catalogue has a channel on the exchange and a send operation', () => {
  for (const type of Object.keys(catalogue)) {
    expect(channels[type]?.bindings?.amqp, type).toMatchObject({
      is: 'routingKey',
      exchange: { name: 'bloodbank.events.v1', type: 'topic', durable: true, autoDelete: false },
    });
    expect(operations[`send.${type}`]).toMatchObject({ action: 'send' });
  }
});

it('Every command has a channel and a receive operation with a reply', () => {
  for (const key of keys) {
    expect(channels[key]?.address).toBe(key);
    expect(operations[`receive.${key}`]).toMatchObject({ action: 'receive' });
    expect(operations[`receive.${key}`]?.reply).toBeDefined();
  }
});

it('Every queue with a handler is there with its bindings and its dead letters, and no other', () => {
  const queues = Object.values(channels).filter(({ bindings }) => bindings?.amqp.is === 'queue');
  expect(queues.map(({ address }) => address)).toEqual(
    consumedQueues.flatMap((name) => [name, `${name}.dlq`]),
  );
  expect(channels['imi.commands']?.['x-imi-bindings']).toContainEqual({
    exchange: 'amq.topic',
    key: 'imi.cmd.start_work',
  });
  expect(operations['send.imi.commands.dlq']).toMatchObject({ action: 'send' });
});

it('Every queue of what others tell has a receive operation; commands have one for each key', () => {
  const events = consumedQueues.filter((name) => name !== 'imi.commands');
  expect(events.length).toBeGreaterThan(0);
  for (const name of events) {
    expect(operations[`receive.${name}`]).toMatchObject({ action: 'receive' });
    expect(channels[name]?.messages).toBeDefined();
    expect(channels[name]?.['x-imi-bindings']).not.toEqual([]);
  }
  expect(operations).not.toHaveProperty(['receive.imi.commands']);
});

it('Every key that commands are taken from has a receive operation with a reply', () => {
  const bound = channels['imi.commands']?.['x-imi-bindings'] as readonly { key: string }[];
  const receives = Object.keys(operations).map((name) => name.replace(/^receive[.]/, ''));
  for (const { key } of bound) {
    const channel = key === 'command.imi.*' ? 'command.imi' : key;
    expect(receives, key).toContain(channel);
    expect(operations[`receive.${channel}`]?.reply, key).toBeDefined();
  }
  expect(channels['command.imi']).toMatchObject({
    address: 'command.imi.{action}',
    parameters: { action: { enum: commandNames } },
  });
});

it('Every example fits the schema of its message', () => {
  for (const [name, { examples = [] }] of Object.entries(components.messages)) {
    for (const { payload } of examples) expect(errorsOf(name, payload), name).toEqual([]);
  }
});

describe('The message of an event', () => {
  it.each(eventContracts)('$type: its example keeps every rule of the ecosystem', ({ type }) => {
    const [example] = components.messages[type]?.examples ?? [];
    expect(violationsOf(example?.payload, type)).toEqual([]);
  });

  it.each(eventContracts)('$type: is described as the publisher sends it', (contract) => {
    const recorded = { ...recordedExample(contract), streamId: 's', revision: 0, position: 0n };
    const first = toEnvelope(recorded, null, 'host');
    expect(errorsOf(contract.type, first)).toEqual([]);
    const uncaused = { ...recorded, metadata: { ...recorded.metadata, $causationId: '' } };
    expect(errorsOf(contract.type, toEnvelope(uncaused, 7n, 'host'))).toEqual([]);
  });

  it.each(eventContracts)('$type: needs its place and every field of its payload', (contract) => {
    const recorded = { ...recordedExample(contract), streamId: 's', revision: 0, position: 9n };
    const envelope = toEnvelope(recorded, 7n, 'host');
    const optional = Object.entries(contract.payload.shape)
      .filter(([, field]) => field.safeParse(undefined).success)
      .map(([name]) => name);
    for (const name of Object.keys(envelope.payload).filter((field) => !optional.includes(field))) {
      const payload = Object.fromEntries(
        Object.entries(envelope.payload).filter(([field]) => field !== name),
      );
      expect(errorsOf(contract.type, { ...envelope, payload }), name).not.toEqual([]);
    }
  });
});

describe('The message of a command', () => {
  const examples = keys.flatMap((key) =>
    (components.messages[key]?.examples ?? []).map(({ name, payload }) => ({ key, name, payload })),
  );

  it.each(examples)('$key in the envelope $name is read as what it is', ({ key, ...example }) => {
    const body = Buffer.from(JSON.stringify(example.payload));
    const message = readEnvelope({ body, routingKey: key, exchange: 'bloodbank.events.v1' });
    expect(message).toMatchObject({ shape: example.name, type: key });
    expect(schemas[key]?.safeParse(message.payload).error?.issues ?? []).toEqual([]);
  });

  it('Every envelope is described for every command', () => {
    const shapes: EnvelopeShape[] = ['event_envelope', 'v2', 'flume', 'command', 'bare'];
    expect(examples).toHaveLength(keys.length * shapes.length);
  });
});

const answered = { commandId: randomUUID(), ids: {} };
const outcomes: Outcome[] = [
  { ...answered, status: 'accepted', events: [], revision: 0, position: 7n },
  { ...answered, status: 'unchanged', events: [], revision: 0, position: null },
  {
    ...answered,
    status: 'rejected',
    position: 7n,
    error: { code: 'CONFLICT', message: 'no', params: { work_item_id: 'x' } },
  },
];
it.each(outcomes)('A reply that is $status is described as it is sent', (outcome) => {
  expect(errorsOf('imi.reply', replyOf(outcome))).toEqual([]);
});

describe('An answer', () => {
  const ids = { project_id: randomUUID(), work_item_id: randomUUID() };
  const message = readEnvelope({
    body: Buffer.from('{}'),
    routingKey: 'command.imi.start_work',
    exchange: 'bloodbank.events.v1',
  });
  const answer = answering(message, '2026-01-21T14:30:22.000Z', 'imi-1');
  const project = {
    id: ids.project_id,
    name: 'widget',
    remote_origin: 'git@github.com:acme/widget.git',
    default_branch: 'main',
    trunk_path: '/home/agent/code/widget/trunk-main',
    description: null,
    metadata: {},
    active: true,
    created_at: '2026-01-21T14:30:22.000Z',
    updated_at: '2026-01-21T14:30:22.000Z',
  };
  const told = outcomes.map((outcome) => ({ ...outcome, ids }));

  it.each(told)('on the command plane to what is $status is described as it is sent', (outcome) => {
    const said = planeAnswersTo(outcome, 'start_work', answer);
    expect(said).toHaveLength(2);
    for (const envelope of said) {
      const name = envelope.event_type.replace('.start_work', '');
      expect(errorsOf(`answer.${name}`, envelope)).toEqual([]);
      expect(channels[name]).toMatchObject({ address: name.replace('imi.', 'imi.{action}.') });
      expect(violationsOf(envelope, envelope.event_type)).toEqual([]);
    }
  });

  it.each(told)('in v2 to what is $status is described as it is sent', async (outcome) => {
    for (const key of v2Keys) {
      const asked = { key, payload: { token: 'x' }, now: '2026-01-21T14:30:22.000Z' };
      for (const said of await v2AnswersTo(outcome, asked, async () => project, answer)) {
        expect(errorsOf(`answer.${said.event_type}`, said)).toEqual([]);
        expect(channels[said.event_type]?.messages).toHaveProperty('answer');
        expect(violationsOf(said, said.event_type)).toEqual([]);
      }
    }
  });

  it('that goes by the name of an event stands beside it', () => {
    expect(channels['imi.project.registered']?.messages).toEqual({
      event: { $ref: '#/components/messages/imi.project.registered' },
      answer: { $ref: '#/components/messages/answer.imi.project.registered' },
    });
  });
});

it('The broker is shown by its host, never with its credentials', () => {
  const text = served('amqps://user:secret@broker.example:5671/vhost');
  expect(text.servers.bloodbank).toMatchObject({ host: 'broker.example:5671', protocol: 'amqps' });
  expect(JSON.stringify(text)).not.toMatch(/secret|user:/);
});
