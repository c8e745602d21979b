import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { ChannelModel, GetMessage } from 'amqplib';
import { expect, it } from 'vitest';
import { amqpConnector } from '../../src/bloodbank/connection.ts';
import { type AnsweringHandler, QueueConsumer } from '../../src/bloodbank/consumer.ts';
import { readDeadLetter } from '../../src/bloodbank/dead-letter-record.ts';
import { drop, inspect, replay, summarise } from '../../src/bloodbank/dead-letters.ts';
import { declareTopology } from '../../src/bloodbank/declare.ts';
import { bloodbankDoor } from '../../src/commands/bloodbank-door.ts';
import { commandNames } from '../../src/commands/definitions.ts';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import { projectReader } from '../../src/commands/project-reader.ts';
import { Snapshots } from '../../src/commands/snapshots.ts';
import { testRabbit } from '../services/rabbit.ts';
import { settings } from '../support/commands.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';
import { keepConnection, log, now, openClient, quick, start, testQueue, until } from './support.ts';

const signal = new AbortController().signal;
const all = () => true;

async function setUp() {
  const { url, exchangeName: exchange } = await testRabbit();
  const model = await openClient(amqpConnector(url));
  const queue = testQueue(exchange);
  await declareTopology(model, exchange, [queue], { queueType: 'quorum', log });
  const channel = await model.createConfirmChannel();
  const count = async (name: string) => (await channel.checkQueue(name)).messageCount;
  return {
    ...{ url, exchange, model, queue, channel },
    /** What was looked at goes back a moment after its channel has closed. */
    dead: (n: number) => until(async () => (await count(queue.deadLetterQueue)) === n),
    waiting: () => count(queue.name),
    async publish(body: object | Buffer, messageId?: string) {
      const content = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
      channel.publish(exchange, queue.key, content, { persistent: true, messageId });
      await channel.waitForConfirms();
    },
    consume(handle: AnsweringHandler) {
      const consumer = new QueueConsumer({
        ...{ connection: keepConnection(url), exchange, queue, queueType: 'quorum' },
        ...{
          prefetch: 10,
          handle,
          log,
          now,
          retryDelaysMs: [],
          probeBackoff: quick,
          backoff: quick,
        },
      });
      return { consumer, ...start((stop) => consumer.run(stop)) };
    },
  };
}

type Place = Awaited<ReturnType<typeof setUp>>;

/** Lets every message die with the code that its body names. */
async function kill(place: Place, bodies: readonly { readonly code: string }[]): Promise<void> {
  const killer = place.consume(async ({ body }) => {
    const { code } = JSON.parse(body.toString());
    return { death: { code, reason: `it was ${code}` } };
  });
  for (const [n, body] of bodies.entries()) await place.publish(body, `message-${n}`);
  await until(() => killer.consumer.status.deadLettered === bodies.length);
  await killer.stop();
}

/** A connection that is cut at the first acknowledgement, as if its process had been killed there. */
function cutAtAck(model: ChannelModel): ChannelModel {
  const create = model.createConfirmChannel.bind(model);
  return Object.assign(Object.create(model), {
    createConfirmChannel: async () => {
      const channel = await create();
      return Object.assign(channel, {
        ack: () => {
          (model.connection as unknown as { stream: Duplex }).stream.destroy(new Error('cut'));
        },
      });
    },
  });
}

it('are counted by reason, looked at, and stay where they are in their order', async () => {
  const place = await setUp();
  await kill(place, [{ code: 'bad_id' }, { code: 'bad_id' }, { code: 'unknown_command' }]);
  const { queue, model } = place;
  for (const _ of [1, 2]) {
    expect(await summarise(model, { queue, signal, limit: 3 })).toEqual({
      queue: queue.name,
      dead_letter_queue: queue.deadLetterQueue,
      messages: 3,
      looked_at: 3,
      oldest: expect.stringMatching(/^20.*Z$/),
      codes: { bad_id: 2, unknown_command: 1 },
    });
    await place.dead(3);
    const letters = await inspect(model, { queue, signal, wanted: all, limit: 10 });
    await place.dead(3);
    expect(letters.map(({ letter }) => letter.message_id)).toEqual([
      ...['message-0', 'message-1', 'message-2'],
    ]);
    expect(letters[2]?.letter).toMatchObject({
      ...{ code: 'unknown_command', reason: 'it was unknown_command', tries: 1 },
      ...{ queue: queue.name, exchange: place.exchange, routing_key: queue.key },
    });
    expect(await inspect(model, { queue, signal, wanted: all, limit: 1 })).toEqual([letters[0]]);
    await place.dead(3);
  }
  const part = await summarise(model, { queue, signal, limit: 1 });
  expect(part).toMatchObject({ messages: 3, looked_at: 1, codes: { bad_id: 1 } });
});

it('are told apart from a queue that nobody declared', async () => {
  const { model, exchange } = await setUp();
  const queue = testQueue(exchange);
  expect(await summarise(model, { queue, signal, limit: 1 })).toBeNull();
  expect(await replay(model, { queue, signal, wanted: all })).toBe(0);
});

it('go back to their queue one, or some, at a time, and keep their identity and their origin', async () => {
  const place = await setUp();
  await kill(place, [{ code: 'bad_id' }, { code: 'other' }, { code: 'bad_id' }]);
  const { queue, model } = place;
  const [first] = await inspect(model, { queue, signal, wanted: all, limit: 1 });
  await place.dead(3);
  const one = { queue, signal, wanted: ({ id }: { id: string }) => id === first?.letter.id };
  expect(await replay(model, one)).toBe(1);
  await place.dead(2);
  expect(await place.waiting()).toBe(1);
  const some = { queue, signal, wanted: ({ code }: { code: string }) => code === 'bad_id' };
  expect(await replay(model, some)).toBe(1);
  await place.dead(1);
  expect(await place.waiting()).toBe(2);

  const taken: object[] = [];
  const consumer = place.consume(async (delivery) => {
    taken.push(delivery);
    return { death: { code: 'again', reason: 'again' } };
  });
  await until(() => consumer.consumer.status.deadLettered === 2);
  await consumer.stop();
  expect(taken).toMatchObject([
    { messageId: 'message-0', exchange: place.exchange, routingKey: queue.key },
    { messageId: 'message-2', exchange: place.exchange, routingKey: queue.key },
  ]);
  const again = await inspect(model, { queue, signal, wanted: all, limit: 10 });
  const reborn = again.find(({ letter }) => letter.message_id === 'message-0')?.letter;
  expect(reborn?.code).toBe('again');
  expect(reborn?.first_death_at).toBe(first?.letter.first_death_at);
  expect(reborn?.id).toBe(first?.letter.id);
});

it('are replayed once each by one call, however soon they die again', async () => {
  const place = await setUp();
  const bodies = Array.from({ length: 20 }, () => ({ code: 'bad_id' }));
  await kill(place, bodies);
  let handled = 0;
  const consumer = place.consume(async () => {
    handled += 1;
    return { death: { code: 'again', reason: 'again' } };
  });
  expect(await replay(place.model, { queue: place.queue, signal, wanted: all })).toBe(20);
  await until(() => consumer.consumer.status.deadLettered === 20);
  await consumer.stop();
  await place.dead(20);
  expect(handled).toBe(20);
});

it('keep their origin when the broker itself set them aside', async () => {
  const place = await setUp();
  await place.publish(Buffer.from([0xff, 0xfe]), 'by-broker');
  const message = (await place.channel.get(place.queue.name)) as GetMessage;
  place.channel.reject(message, false);
  await place.dead(1);
  const { queue, model } = place;
  const [found] = await inspect(model, { queue, signal, wanted: all, limit: 1 });
  await place.dead(1);
  expect(found?.letter).toMatchObject({
    ...{ code: 'broker_rejected', exchange: place.exchange, routing_key: queue.key },
    first_death_at: expect.stringMatching(/Z$/),
  });
  await replay(model, { queue, signal, wanted: all });
  await until(async () => (await place.waiting()) === 1);
  const back = (await place.channel.get(queue.name)) as GetMessage;
  expect(back.content).toEqual(Buffer.from([0xff, 0xfe]));
  expect(readDeadLetter(back, queue.name)).toMatchObject({
    ...{ exchange: place.exchange, routing_key: queue.key, id: found?.letter.id },
    first_death_at: found?.letter.first_death_at,
  });
});

it('stay dead letters when their queue is gone', async () => {
  const place = await setUp();
  await kill(place, [{ code: 'bad_id' }]);
  await place.channel.deleteQueue(place.queue.name);
  const work = { queue: place.queue, signal, wanted: all };
  await expect(replay(place.model, work)).rejects.toThrow('Nothing takes messages');
  await place.dead(1);
});

it('are dropped for good, and only those that were meant', async () => {
  const place = await setUp();
  await kill(place, [{ code: 'bad_id' }, { code: 'other' }]);
  const { queue, model } = place;
  const wanted = ({ code }: { code: string }) => code === 'other';
  expect(await drop(model, { queue, signal, wanted })).toBe(1);
  await place.dead(1);
  expect(await drop(model, { queue, signal, wanted })).toBe(0);
  await place.dead(1);
});

it('are doubled at most, and carried out once, when the replay is cut between the two queues', async () => {
  const place = await setUp();
  const { queue } = place;
  const commands = Array.from({ length: 3 }, (_, n) => ({
    code: 'handler_failed',
    event_id: randomUUID(),
    event_type: 'imi.cmd.register_project',
    payload: { name: `p${n}`, remote_origin: `git@github.com:acme/p${n}.git` },
    source: { host: 'h', type: 'agent', app: 'test' },
    version: '1.0.0',
    timestamp: '2026-01-01T00:00:00Z',
  }));
  await kill(place, commands);
  const other = await openClient(amqpConnector(place.url));
  await expect(replay(cutAtAck(other), { queue, signal, wanted: all })).rejects.toThrow();
  await place.dead(3);
  expect(await place.waiting()).toBe(1);

  const store = new InMemoryEventStore();
  const handler = new EventSourcedCommandHandler(store, settings);
  const door = bloodbankDoor({
    ...{ handler, commandNames, log, now, remoteHosts: ['github.com'], hostname: 'imi-1' },
    readProject: projectReader(new Snapshots(store)),
    projectsNamed: async () => [],
  });
  const consumer = place.consume(door);
  await until(() => consumer.consumer.status.handled === 1);
  expect(await replay(place.model, { queue, signal, wanted: all })).toBe(3);
  await until(() => consumer.consumer.status.handled === 4);
  await consumer.stop();
  await place.dead(0);
  const registered: unknown[] = [];
  for await (const event of store.readAll({ direction: 'forwards', from: null, limit: 1000 })) {
    if (event.type === 'imi.project.registered') registered.push(event.data.project_name);
  }
  expect(registered).toEqual(['p0', 'p1', 'p2']);
});
