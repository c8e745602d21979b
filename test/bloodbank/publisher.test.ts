import { randomUUID } from 'node:crypto';
import type { ConsumeMessage } from 'amqplib';
import { describe, expect, it } from 'vitest';
import { amqpConnector, type Connector } from '../../src/bloodbank/connection.ts';
import { Publisher, type PublisherOptions } from '../../src/bloodbank/publisher.ts';
import { connectInProcessBus } from '../../src/embedded/bus.ts';
import type { EventStore, RecordedEvent } from '../../src/events/event-store.ts';
import { CheckpointLostError } from '../../src/events/stream-checkpoint.ts';
import { rabbitNode, testRabbit } from '../services/rabbit.ts';
import { violationsOf } from './envelope-rules.ts';
import { newEvent } from './events.ts';
import { openStore, publicEvents } from './store.ts';
import {
  json,
  keepConnection,
  listen,
  log,
  now,
  openClient,
  quick,
  start,
  until,
} from './support.ts';

const exchange = 'bloodbank.events.v1';

function startPublisher(
  store: EventStore,
  connector: Connector | string,
  options: Partial<PublisherOptions> = {},
) {
  const connection = keepConnection(connector);
  const publisher = new Publisher({
    store,
    connection,
    exchange,
    hostname: 'host-1',
    log,
    now,
    backoff: quick,
    ...options,
  });
  return { publisher, connection, ...start((signal) => publisher.run(signal)) };
}

/** Appends `count` public events to a stream of their own, with one between that nobody publishes. */
async function write(store: EventStore, count: number): Promise<void> {
  const stream = `work_item-${randomUUID()}`;
  for (let n = 0; n < count; n += 1) {
    const type = n % 2 === 0 ? 'imi.work.started' : 'imi.work.completed';
    const events = [newEvent(type, { n }), newEvent('command.claimed')];
    await store.append(stream, n === 0 ? 'no_stream' : 2 * n - 1, events);
  }
}

/** What a consumer keeps that drops repetitions by message id. */
const distinct = (heard: readonly ConsumeMessage[]): ConsumeMessage[] => [
  ...new Map(heard.map((message) => [message.properties.messageId, message])).values(),
];

/** Fails unless the messages are exactly the store's public events, in order, as one chain. */
async function expectWhole(heard: readonly ConsumeMessage[], store: EventStore): Promise<void> {
  const events = await publicEvents(store);
  const messages = distinct(heard);
  expect(messages.map((message) => message.properties.messageId)).toEqual(events.map((e) => e.id));
  let previous: string | null = null;
  for (const message of messages) {
    const { payload } = json(message);
    expect(payload.previous_position).toBe(previous);
    previous = payload.position;
  }
}

describe.each<[string, () => Promise<Connector>]>([
  ['RabbitMQ', async () => amqpConnector((await testRabbit()).url)],
  [
    'the bus in process',
    async () => {
      const name = randomUUID();
      return () => connectInProcessBus(name);
    },
  ],
])('the publisher on %s', (_, openBus) => {
  it('sends what was written and what is being written, in order, as one unbroken chain', async () => {
    const [connector, { store }] = [await openBus(), await openStore()];
    const heard = await listen(await openClient(connector), exchange, 'imi.#');
    await write(store, 20);
    const { stop } = startPublisher(store, connector, { window: 4 });
    await until(() => heard.length === 20);
    await write(store, 5);
    await until(() => heard.length === 25);
    await stop();
    await expectWhole(heard, store);
    for (const message of heard) {
      expect(violationsOf(json(message), message.fields.routingKey)).toEqual([]);
      expect(message.properties).toMatchObject({
        contentType: 'application/json',
        contentEncoding: 'utf-8',
        deliveryMode: 2,
        messageId: json(message).event_id,
        correlationId: json(message).correlation_id,
      });
    }
  });

  it('says events under other names too, before them and outside their chain', async () => {
    const [connector, { store }] = [await openBus(), await openStore()];
    const heard = await listen(await openClient(connector), exchange, 'imi.#');
    await write(store, 6);
    const alsoSaid = ({ type, data }: RecordedEvent) =>
      type === 'imi.work.started' ? [{ type: 'imi.worktree.created', payload: data }] : [];
    const first = startPublisher(store, connector, { alsoSaid });
    await until(() => heard.length === 9);
    await first.stop();
    const others = heard.filter(({ fields }) => fields.routingKey === 'imi.worktree.created');
    expect(others.map((message) => json(message).payload)).toEqual([{ n: 0 }, { n: 2 }, { n: 4 }]);
    for (const message of others) {
      const violations = violationsOf(json(message), message.fields.routingKey);
      expect(violations.filter((rule) => !rule.startsWith('payload.'))).toEqual([]);
      const event = heard[heard.indexOf(message) + 1];
      expect(json(message).causation_id).toBe(event?.properties.messageId);
    }
    expect(new Set(heard.map(({ properties }) => properties.messageId)).size).toBe(9);
    await expectWhole(
      heard.filter((message) => !others.includes(message)),
      store,
    );
    const second = startPublisher(store, connector, { alsoSaid });
    await until(() => second.publisher.status.state === 'publishing');
    await second.stop();
    expect(heard).toHaveLength(9);
  });

  it('goes on where it stopped, without a repetition, after an orderly stop', async () => {
    const [connector, { store }] = [await openBus(), await openStore()];
    const heard = await listen(await openClient(connector), exchange, 'imi.#');
    await write(store, 5);
    const first = startPublisher(store, connector);
    await until(() => heard.length === 5);
    await first.stop();
    await write(store, 5);
    const second = startPublisher(store, connector);
    await until(() => heard.length === 10);
    await second.stop();
    await expectWhole(heard, store);
    expect(heard).toHaveLength(10);
  });

  it('counts an event that nobody takes and goes on', async () => {
    const [connector, { store }] = [await openBus(), await openStore()];
    const heard = await listen(await openClient(connector), exchange, 'imi.work.completed');
    await write(store, 10);
    const { publisher } = startPublisher(store, connector);
    await until(() => heard.length === 5 && publisher.status.published === 10);
    expect(publisher.status).toMatchObject({ state: 'publishing', unroutable: 5 });
  });

  it('stops leading when another publisher has moved the checkpoint', async () => {
    const [connector, { store }] = [await openBus(), await openStore()];
    const heard = await listen(await openClient(connector), exchange, 'imi.#');
    await write(store, 1);
    const first = startPublisher(store, connector);
    await until(() => heard.length === 1);
    const second = startPublisher(store, connector);
    const loser = Promise.race([first.ended, second.ended]);
    loser.catch(() => undefined);
    await write(store, 1);
    await expect(loser).rejects.toThrow(CheckpointLostError);
    await until(() => distinct(heard).length === 2);
    await expectWhole(heard, store);
  });

  it('waits out an event store that is away', async () => {
    const [connector, { store, ...server }] = [await openBus(), await openStore()];
    const heard = await listen(await openClient(connector), exchange, 'imi.#');
    await write(store, 3);
    const { publisher } = startPublisher(store, connector);
    await until(() => heard.length === 3);
    await server.stop();
    await until(() => publisher.status.state === 'waiting');
    await server.start();
    await write(store, 3);
    await until(() => distinct(heard).length === 6);
    await expectWhole(heard, store);
  });
});

describe('the publisher and a broker that fails', () => {
  it('loses nothing and keeps the chain when the broker is killed in the middle of confirms', async () => {
    const [broker, { store }] = [await rabbitNode(), await openStore()];
    const queue = `listener-${randomUUID()}`;
    const before = await listen(await openClient(broker.url), exchange, 'imi.#', queue);
    const { publisher } = startPublisher(store, broker.url);
    const writing = write(store, 300);
    await until(() => publisher.status.published > 50);
    await broker.kill();
    await writing;
    await until(() => publisher.status.state === 'waiting');
    await broker.start();
    // The same durable queue: what it held when it was killed comes first.
    const after = await listen(await openClient(broker.url), exchange, 'imi.#', queue);
    await until(() => distinct([...before, ...after]).length === 300);
    await expectWhole([...before, ...after], store);
  });

  it('gives up a broker that does not confirm, and sends again under the same ids', async () => {
    const [broker, { store }] = [await rabbitNode(), await openStore()];
    const heard = await listen(await openClient(broker.url), exchange, 'imi.#');
    const { publisher, connection } = startPublisher(store, broker.url, { confirmTimeoutMs: 200 });
    await write(store, 2);
    await until(() => heard.length === 2);
    await broker.pause();
    await write(store, 5);
    await until(() => connection.status.state === 'down');
    await broker.resume();
    await until(() => distinct(heard).length === 7 && publisher.status.state === 'publishing');
    await expectWhole(heard, store);
  });
});
