import { randomUUID } from 'node:crypto';
import type { ConsumeMessage } from 'amqplib';
import { pino } from 'pino';
import { amqpConnector, type Connector } from '../../src/bloodbank/connection.ts';
import { QueueConsumer } from '../../src/bloodbank/consumer.ts';
import { topologyOf } from '../../src/bloodbank/topology.ts';
import { bloodbankDoor } from '../../src/commands/bloodbank-door.ts';
import type { CommandHandler } from '../../src/commands/command.ts';
import { commandNames } from '../../src/commands/definitions.ts';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import { projectReader } from '../../src/commands/project-reader.ts';
import { Snapshots } from '../../src/commands/snapshots.ts';
import { connectInProcessBus } from '../../src/embedded/bus.ts';
import {
  now as clock,
  json,
  keepConnection,
  listen,
  openClient,
  quick,
  start,
  until,
} from '../bloodbank/support.ts';
import { matches } from '../bloodbank/topic.ts';
import { testRabbit } from '../services/rabbit.ts';
import { settings } from '../support/commands.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';

export const exchange = 'bloodbank.events.v1';

/** What iMi says on the exchange to whoever sent a command. */
export interface Answer {
  readonly key: string;
  readonly messageId: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: matched field by field
  readonly envelope: any;
}

/** The buses that the door is tested on. */
export const buses: [string, () => Promise<Connector>][] = [
  ['RabbitMQ', async () => amqpConnector((await testRabbit()).url)],
  [
    'the bus in process',
    async () => {
      const name = randomUUID();
      return () => connectInProcessBus(name);
    },
  ],
];

interface DoorSettings {
  readonly now?: () => string;
  /** Puts something between the door and the handler. */
  readonly around?: (handler: CommandHandler) => CommandHandler;
}

/** The consumer of `imi.commands` behind its door, on a store in memory, and a client beside it. */
export async function openDoor(
  openBus: () => Promise<Connector>,
  { now = clock, around = (handler) => handler }: DoorSettings = {},
) {
  const connector = await openBus();
  const store = new InMemoryEventStore();
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line) => void lines.push(line) });
  const queue = topologyOf(exchange, commandNames).queues['imi.commands'];
  const connection = keepConnection(connector);
  const readProject = projectReader(new Snapshots(store));
  const projectsNamed = async (name: string): Promise<readonly string[]> => {
    const named = store.published.filter(
      ({ type, data }) => type === 'imi.project.registered' && data.project_name === name,
    );
    const ids = [...new Set(named.map(({ data }) => String(data.project_id)))];
    const found = await Promise.all(ids.map(readProject));
    return found.flatMap((project) => (project?.active ? [project.id] : []));
  };
  const consumer = new QueueConsumer({
    connection,
    exchange,
    queue,
    queueType: 'quorum',
    prefetch: 10,
    handle: bloodbankDoor({
      handler: around(new EventSourcedCommandHandler(store, settings)),
      commandNames,
      remoteHosts: settings.remoteHosts,
      readProject,
      projectsNamed,
      hostname: 'imi-1',
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
  const heard = await listen(client, exchange, '#');
  const send = (key: string, body: unknown, properties: object = {}, to = exchange): void => {
    const content = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    channel.publish(to, key, content, properties);
  };
  const ask = async (key: string, body: unknown, properties: object = {}) => {
    const before = replies.length;
    send(key, body, { replyTo, ...properties });
    await until(() => replies.length > before);
    return replies[before] as ConsumeMessage;
  };
  const handled = (count: number) => until(() => consumer.status.handled === count);
  /** What is no command of the test's own, in the order in which it was said. */
  const answers = (): Answer[] =>
    heard
      .filter(({ fields }) => !queue.bindings.some(({ key }) => matches(key, fields.routingKey)))
      .map((message) => ({
        key: message.fields.routingKey,
        messageId: message.properties.messageId,
        envelope: json(message),
      }));
  const answered = async (count: number): Promise<Answer[]> => {
    await until(() => answers().length >= count);
    return answers();
  };
  return {
    store,
    consumer,
    connection,
    channel,
    queue,
    send,
    ask,
    handled,
    answers,
    answered,
    log: () => lines.join(''),
  };
}
