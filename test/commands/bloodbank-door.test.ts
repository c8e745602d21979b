import { randomUUID } from 'node:crypto';
import type { ConsumeMessage } from 'amqplib';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { amqpConnector, type Connector } from '../../src/bloodbank/connection.ts';
import { QueueConsumer } from '../../src/bloodbank/consumer.ts';
import { topologyOf } from '../../src/bloodbank/topology.ts';
import { bloodbankDoor } from '../../src/commands/bloodbank-door.ts';
import { commandNames } from '../../src/commands/definitions.ts';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import { connectInProcessBus } from '../../src/embedded/bus.ts';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { toUuid } from '../../src/events/ids.ts';
import {
  json,
  keepConnection,
  now,
  openClient,
  quick,
  start,
  until,
} from '../bloodbank/support.ts';
import { testRabbit } from '../services/rabbit.ts';
import { origin, projectId, settings } from '../support/commands.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';

const exchange = 'bloodbank.events.v1';
const widget = { name: 'widget', remote_origin: origin };

describe.each<[string, () => Promise<Connector>]>([
  ['RabbitMQ', async () => amqpConnector((await testRabbit()).url)],
  [
    'the bus in process',
    async () => {
      const name = randomUUID();
      return () => connectInProcessBus(name);
    },
  ],
])('the door of imi.commands on %s', (_, openBus) => {
  async function open() {
    const connector = await openBus();
    const store = new InMemoryEventStore();
    const lines: string[] = [];
    const log = pino({ level: 'trace' }, { write: (line) => void lines.push(line) });
    const queue = topologyOf(exchange, commandNames).queues['imi.commands'];
    const consumer = new QueueConsumer({
      connection: keepConnection(connector),
      exchange,
      queue,
      queueType: 'quorum',
      prefetch: 10,
      handle: bloodbankDoor({
        handler: new EventSourcedCommandHandler(store, settings),
        commandNames,
        remoteHosts: settings.remoteHosts,
        log,
        now,
      }),
      log,
      now,
      backoff: quick,
      probeBackoff: quick,
    });
    start((signal) => consumer.run(signal));
    await until(() => consumer.status.state === 'consuming');
    const client = await openClient(connector);
    const channel = await client.createConfirmChannel();
    channel.on('error', () => undefined);
    const { queue: replyTo } = await channel.assertQueue('', { exclusive: true });
    const replies: ConsumeMessage[] = [];
    await channel.consume(replyTo, (message) => void (message && replies.push(message)));
    const send = (name: string, body: unknown, properties: object = {}, to = exchange): void => {
      const content = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
      channel.publish(to, `imi.cmd.${name}`, content, properties);
    };
    const handled = (count: number) => until(() => consumer.status.handled === count);
    const ask = async (name: string, body: unknown, properties: object = {}) => {
      const before = replies.length;
      send(name, body, { replyTo, ...properties });
      await until(() => replies.length > before);
      return replies[before] as ConsumeMessage;
    };
    return { store, consumer, channel, queue, send, ask, handled, log: () => lines.join('') };
  }

  const envelope = (payload: object, fields: object = {}) => ({
    event_id: randomUUID(),
    event_type: 'imi.cmd.register_project',
    timestamp: '2026-01-21T14:30:22Z',
    version: '1.0.0',
    source: { host: 'box', type: 'agent', app: 'claude' },
    correlation_ids: [],
    payload,
    ...fields,
  });

  it('turns an envelope into events that name it as their cause and carry on its trace', async () => {
    const { store, send, handled } = await open();
    const root = randomUUID();
    const message = envelope(widget, { correlation_ids: [root] });
    send('register_project', message);
    await handled(1);
    expect(store.published).toMatchObject([
      {
        type: 'imi.project.registered',
        metadata: {
          command_id: message.event_id,
          $causationId: message.event_id,
          $correlationId: root,
          actor: 'claude',
          source: { host: 'box', type: 'agent', app: 'claude' },
        },
      },
    ]);
  });

  it('takes Flume’s messages from amq.topic, and keeps the id that was no UUID', async () => {
    const { store, send, handled } = await open();
    const flume = {
      event: 'imi.cmd.register_project',
      version: '1.0',
      data: widget,
      exchange: 'amq.topic',
      routingKey: 'imi.cmd.register_project',
      correlationId: 'corr-456',
      timestamp: '2026-01-21T14:30:22Z',
      source: 'flume',
    };
    send('register_project', flume, { messageId: 'flume-1' }, 'amq.topic');
    await handled(1);
    expect(store.published).toMatchObject([
      {
        metadata: {
          command_id: toUuid('flume-1'),
          original_command_id: 'flume-1',
          $correlationId: toUuid('corr-456'),
        },
      },
    ]);
  });

  it('takes a bare body, and the same body again as the same command', async () => {
    const { store, send, handled } = await open();
    send('register_project', widget);
    send('register_project', widget);
    await handled(2);
    expect(store.published).toHaveLength(1);
  });

  it('answers who waits: accepted, and the same when it is asked again', async () => {
    const { ask } = await open();
    const message = envelope(widget);
    const answer = await ask('register_project', message, { correlationId: 'call-1' });
    expect(answer.properties.correlationId).toBe('call-1');
    expect(json(answer)).toMatchObject({
      status: 'accepted',
      command_id: message.event_id,
      ids: { project_id: projectId },
      position: expect.stringMatching(/^\d+$/),
      events: [{ event_type: 'imi.project.registered', payload: { project_name: 'widget' } }],
    });
    expect(json(await ask('register_project', message))).toEqual(json(answer));
  });

  it('answers unchanged when there was nothing to do', async () => {
    const { ask } = await open();
    await ask('register_project', envelope(widget));
    const answer = json(await ask('register_project', envelope(widget)));
    expect(answer).toMatchObject({
      status: 'unchanged',
      events: [],
      ids: { project_id: projectId },
    });
  });

  it('records a refusal, answers it, and does not set the message aside', async () => {
    const { store, ask, consumer } = await open();
    const answer = json(await ask('register_project', envelope({ name: '' })));
    expect(answer).toMatchObject({
      status: 'rejected',
      events: [],
      error: { code: 'VALIDATION_ERROR' },
    });
    expect(store.published).toMatchObject([
      { type: 'imi.cmd.failed', data: { command: 'register_project', error: answer.error } },
    ]);
    await until(() => consumer.status.handled === 1);
    expect(consumer.status.deadLettered).toBe(0);
  });

  it('sets aside what cannot be read, with the reason, and tells who waits', async () => {
    const { store, ask, channel, queue } = await open();
    const answer = json(await ask('register_project', '{"name":'));
    expect(answer).toMatchObject({
      status: 'rejected',
      error: { code: 'VALIDATION_ERROR', params: { reason: 'body_not_json' } },
    });
    const dead = await channel.get(queue.deadLetterQueue, { noAck: true });
    expect(dead).toMatchObject({ properties: { headers: { 'x-imi-code': 'body_not_json' } } });
    expect(store.all).toEqual([]);
  });

  it('sets aside what names no command', async () => {
    const { channel, queue, handled, consumer } = await open();
    channel.sendToQueue(queue.name, Buffer.from('{"name":"widget"}'));
    await handled(1);
    expect(consumer.status.deadLettered).toBe(1);
  });

  it('waits for the store, and then carries the command out once', async () => {
    const { store, send, handled, consumer } = await open();
    store.beforeAppend = () => {
      throw new StoreUnavailableError('away');
    };
    send('register_project', widget);
    await until(() => consumer.status.state === 'paused');
    store.beforeAppend = () => {};
    await handled(1);
    expect(store.published).toHaveLength(1);
    expect(consumer.status.deadLettered).toBe(0);
  });

  it('logs ids and outcome, and nothing of what the message says', async () => {
    const { send, handled, log } = await open();
    const secret = 'hunter2-hunter2';
    const refused = envelope({ name: secret, remote_origin: secret, metadata: { note: secret } });
    send('register_project', refused);
    send('register_project', secret);
    await handled(2);
    expect(log()).toContain(refused.event_id);
    expect(log()).toContain('VALIDATION_ERROR');
    expect(log()).not.toContain(secret);
  });
});
