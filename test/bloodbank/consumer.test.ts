import { randomUUID } from 'node:crypto';
import type { ConfirmChannel } from 'amqplib';
import { describe, expect, it } from 'vitest';
import { amqpConnector, type Connector } from '../../src/bloodbank/connection.ts';
import {
  type AnsweringHandler,
  type ConsumerOptions,
  QueueConsumer,
} from '../../src/bloodbank/consumer.ts';
import { type AnswerEnvelope, toAnswer } from '../../src/bloodbank/envelope-out.ts';
import { connectInProcessBus } from '../../src/embedded/bus.ts';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { testRabbit } from '../services/rabbit.ts';
import {
  json,
  keepConnection,
  listen,
  log,
  now,
  openClient,
  quick,
  start,
  testQueue,
  until,
} from './support.ts';

const never = new AbortController().signal;

interface Bus {
  readonly connector: Connector;
  readonly exchange: string;
}

const rabbit = async (): Promise<Bus> => {
  const { url, exchangeName } = await testRabbit();
  return { connector: amqpConnector(url), exchange: exchangeName };
};

const inProcess = async (): Promise<Bus> => {
  const name = randomUUID();
  return { connector: () => connectInProcessBus(name), exchange: 'bloodbank.events.v1' };
};

async function consumeFrom(
  bus: Bus,
  handle: AnsweringHandler,
  options: Partial<ConsumerOptions> = {},
) {
  const { connector, exchange } = bus;
  const queue = testQueue(exchange);
  const connection = keepConnection(connector);
  const consumer = new QueueConsumer({
    connection,
    exchange,
    queue,
    queueType: 'quorum',
    prefetch: 10,
    handle,
    log,
    now,
    retryDelaysMs: [5, 10],
    probeBackoff: quick,
    backoff: quick,
    ...options,
  });
  const running = start((signal) => consumer.run(signal));
  await until(() => consumer.status.state === 'consuming');
  const client = await openClient(connector);
  const channel = await client.createConfirmChannel();
  channel.on('error', () => undefined);
  const publish = (body: unknown, properties: object = {}): void => {
    channel.publish(exchange, queue.key, Buffer.from(JSON.stringify(body)), properties);
  };
  const takeDeadLetter = () => takeOne(channel, queue.deadLetterQueue);
  const waiting = async () => (await channel.checkQueue(queue.name)).messageCount;
  return {
    connection,
    consumer,
    running,
    client,
    channel,
    queue,
    publish,
    takeDeadLetter,
    waiting,
    exchange,
  };
}

describe.each<[string, () => Promise<Bus>]>([
  ['RabbitMQ', rabbit],
  ['the bus in process', inProcess],
])('a consumer on %s', (_, openBus) => {
  const consume = async (handle: AnsweringHandler, options?: Partial<ConsumerOptions>) =>
    consumeFrom(await openBus(), handle, options);

  it('hands over each message and acknowledges it when its outcome stands', async () => {
    const seen: unknown[] = [];
    const { publish, consumer, running, waiting } = await consume(async (delivery) => {
      seen.push(JSON.parse(delivery.body.toString()));
      return {};
    });
    for (let n = 0; n < 25; n += 1) publish({ n });
    await until(() => consumer.status.handled === 25);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => ({ n })));
    await running.stop();
    expect(await waiting()).toBe(0);
  });

  it('sets a message aside at once when the handler says so, with the reason in the headers', async () => {
    const { publish, queue, takeDeadLetter, consumer, exchange } = await consume(async () => ({
      death: { code: 'body_not_json', reason: 'the body is not JSON' },
    }));
    const messageId = randomUUID();
    publish({ n: 1 }, { messageId, headers: { authorization: 'hunter2' }, expiration: '60000' });
    const dead = await takeDeadLetter();
    expect(json(dead)).toEqual({ n: 1 });
    expect(dead.properties.messageId).toBe(messageId);
    expect(dead.properties.expiration).toBeUndefined();
    const { 'x-delivery-count': _, ...headers } = dead.properties.headers ?? {};
    expect(headers).toEqual({
      'x-imi-code': 'body_not_json',
      'x-imi-reason': 'the body is not JSON',
      'x-imi-queue': queue.name,
      'x-imi-exchange': exchange,
      'x-imi-routing-key': queue.key,
      'x-imi-first-death-at': expect.stringMatching(/^\d{4}-.*Z$/),
      'x-imi-tries': 1,
    });
    await until(() => consumer.status.deadLettered === 1);
  });

  it('believes no sender about where a message came from, and keeps only a trace that is one', async () => {
    const origins: string[] = [];
    const { publish, queue, takeDeadLetter } = await consume(async ({ routingKey }) => {
      origins.push(routingKey);
      return { death: { code: 'again', reason: 'again' } };
    });
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    for (const trace of [traceparent, `${traceparent}; hunter2`]) {
      publish({}, { headers: { 'x-imi-routing-key': 'imi.cmd.forged', traceparent: trace } });
    }
    const traces = [await takeDeadLetter(), await takeDeadLetter()].map(
      ({ properties }) => properties.headers?.traceparent,
    );
    expect(traces).toEqual([traceparent, undefined]);
    expect(origins).toEqual([queue.key, queue.key]);
  });

  it('keeps the origin and the first death of a dead letter that is replayed and dies again', async () => {
    const origins: string[] = [];
    const { publish, queue, takeDeadLetter, channel } = await consume(async (delivery) => {
      origins.push(delivery.routingKey);
      return { death: { code: 'again', reason: 'again' } };
    });
    publish({ n: 1 });
    const first = await takeDeadLetter();
    channel.sendToQueue(queue.name, first.content, first.properties);
    const second = await takeDeadLetter();
    expect(origins).toEqual([queue.key, queue.key]);
    expect(second.properties.headers).toEqual(first.properties.headers);
  });

  it('takes nothing about deaths from the headers of a message that never died', async () => {
    const { publish, queue, takeDeadLetter } = await consume(async () => ({
      death: { code: 'bad', reason: 'bad' },
    }));
    const headers = {
      'x-imi-code': 'hunter2',
      'x-imi-routing-key': 'hunter2',
      'x-imi-first-death-at': 'hunter2',
    };
    publish({ n: 1 }, { headers });
    const dead = await takeDeadLetter();
    expect(dead.properties.headers).toMatchObject({ 'x-imi-routing-key': queue.key });
    expect(JSON.stringify(dead.properties.headers)).not.toContain('hunter2');
  });

  it('sets many messages aside at once without a warning of leaking listeners', async () => {
    const warnings: Error[] = [];
    const hear = (warning: Error) => warnings.push(warning);
    process.on('warning', hear);
    let gather = () => {};
    const all = new Promise<void>((resolve) => {
      gather = resolve;
    });
    let inHand = 0;
    const { publish, consumer } = await consume(
      async () => {
        inHand += 1;
        if (inHand === 20) gather();
        await all;
        return { death: { code: 'bad', reason: 'bad' } };
      },
      { prefetch: 20 },
    );
    for (let n = 0; n < 20; n += 1) publish({ n });
    await until(() => consumer.status.deadLettered === 20);
    process.off('warning', hear);
    expect(warnings).toEqual([]);
  });

  it('tries a failing message three times, then sets it aside', async () => {
    let tries = 0;
    const { publish, takeDeadLetter, consumer } = await consume(async () => {
      tries += 1;
      throw new TypeError('hunter2 is not a function');
    });
    publish({});
    const dead = await takeDeadLetter();
    expect(tries).toBe(3);
    expect(dead.properties.headers).toMatchObject({
      'x-imi-code': 'handler_failed',
      'x-imi-reason': 'failed 3 times, last with TypeError',
      'x-imi-tries': 3,
    });
    await until(() => consumer.status.handled === 1);
  });

  it('does not let a failing message hold up the others', async () => {
    const done: number[] = [];
    const { publish, takeDeadLetter } = await consume(async (delivery) => {
      const { n } = JSON.parse(delivery.body.toString());
      if (n === 0) throw new Error('never');
      done.push(n);
      return {};
    });
    for (const n of [0, 1, 2]) publish({ n });
    await takeDeadLetter();
    expect(done).toEqual([1, 2]);
  });

  it('pauses while the store is away, loses and dead-letters nothing, and goes on by itself', async () => {
    let away = true;
    let refused = 0;
    const done = new Set<number>();
    const { publish, consumer, waiting, running } = await consume(async (delivery) => {
      if (away) {
        refused += 1;
        throw new StoreUnavailableError('away');
      }
      done.add(JSON.parse(delivery.body.toString()).n);
      return {};
    });
    for (let n = 0; n < 30; n += 1) publish({ n });
    // More refusals than a message has tries, and more than the queue hands over at a time.
    await until(() => refused > 15);
    expect(consumer.status.state).toBe('paused');
    expect(await waiting()).toBeGreaterThan(0);
    away = false;
    await until(() => done.size === 30);
    expect(consumer.status).toMatchObject({ state: 'consuming', deadLettered: 0 });
    await running.stop();
    expect(await waiting()).toBe(0);
  });

  it('does not count an outage as a try', async () => {
    const answers: (Error | null)[] = [
      new Error('1'),
      new StoreUnavailableError('away'),
      new StoreUnavailableError('away'),
      new StoreUnavailableError('away'),
      new Error('2'),
      null,
    ];
    const { publish, consumer } = await consume(async () => {
      const answer = answers.shift();
      if (answer) throw answer;
      return {};
    });
    publish({});
    await until(() => consumer.status.handled === 1);
    expect(consumer.status).toMatchObject({ state: 'consuming', deadLettered: 0 });
  });

  it('answers the sender that waits, under its correlation id', async () => {
    const { publish, channel } = await consume(async () => ({ reply: { status: 'accepted' } }));
    const { queue: replyTo } = await channel.assertQueue('', { exclusive: true });
    publish({}, { replyTo, correlationId: 'call-1' });
    const reply = await takeOne(channel, replyTo);
    expect(json(reply)).toEqual({ status: 'accepted' });
    expect(reply.properties.correlationId).toBe('call-1');
  });

  it('does not mind a sender that no longer waits', async () => {
    const { publish, consumer } = await consume(async () => ({ reply: { status: 'accepted' } }));
    publish({}, { replyTo: `gone-${randomUUID()}` });
    publish({});
    await until(() => consumer.status.handled === 2);
  });

  it('says on the exchange what it announces and then what the verdict has, each once', async () => {
    const [ack, result] = [answer('command.imi.x.ack'), answer('command.imi.x.result')];
    const before: string[] = [];
    const { publish, consumer, client, exchange } = await consume(async (_delivery, announce) => {
      announce(ack);
      announce(ack);
      await until(() => said.length === 1);
      before.push(...said.map(({ fields }) => fields.routingKey));
      return { publish: [ack, result] };
    });
    const said = await listen(client, exchange, 'command.imi.#');
    publish({});
    await until(() => consumer.status.handled === 1 && said.length === 2);
    expect(before).toEqual(['command.imi.x.ack']);
    expect(said.map(json)).toEqual([ack, result]);
    expect(said[1]?.properties).toMatchObject({
      messageId: result.event_id,
      correlationId: result.correlation_id,
      contentType: 'application/json',
      deliveryMode: 2,
    });
  });

  it('does not mind when nobody hears what it says', async () => {
    const {
      publish,
      consumer,
      takeDeadLetter: _,
    } = await consume(async () => ({
      publish: [answer('nobody.is.bound')],
    }));
    publish({});
    await until(() => consumer.status.handled === 1);
    expect(consumer.status).toMatchObject({ state: 'consuming', deadLettered: 0 });
  });

  it('says it again when the connection is cut before the broker has it', async () => {
    const result = answer('command.imi.x.result');
    let deliveries = 0;
    const { publish, consumer, connection, client, exchange, waiting } = await consume(async () => {
      deliveries += 1;
      if (deliveries === 1) {
        const model = await connection.model(new AbortController().signal);
        connection.reset(model, 'cut by the test');
        await until(() => consumer.status.state === 'connecting');
      }
      return { publish: [result] };
    });
    const said = await listen(client, exchange, 'command.imi.#');
    publish({});
    await until(() => consumer.status.handled === 1 && said.length > 0);
    expect(deliveries).toBe(2);
    expect(said.map(json)).toEqual([result]);
    expect(await waiting()).toBe(0);
  });

  it('keeps a message whose answer the broker did not confirm, and says the same again', async () => {
    const bus = await openBus();
    let withheld = 0;
    const deaf: Connector = async (drop) => {
      const model = await bus.connector(drop);
      const createChannel = model.createConfirmChannel.bind(model);
      model.createConfirmChannel = async () => {
        const channel = await createChannel();
        const publishTo = channel.publish.bind(channel);
        channel.publish = (exchange, key, content, options, confirm) => {
          const heard = key !== 'command.imi.x.result' || withheld > 0;
          if (!heard) withheld += 1;
          return publishTo(exchange, key, content, options, heard ? confirm : () => undefined);
        };
        return channel;
      };
      return model;
    };
    const result = answer('command.imi.x.result');
    let deliveries = 0;
    const { publish, consumer, exchange, waiting } = await consumeFrom(
      { connector: deaf, exchange: bus.exchange },
      async () => {
        deliveries += 1;
        return { publish: [result] };
      },
      { confirmTimeoutMs: 50 },
    );
    const said = await listen(await openClient(bus.connector), exchange, 'command.imi.#');
    publish({});
    await until(() => consumer.status.handled === 1 && said.length === deliveries);
    expect(withheld).toBe(1);
    expect(deliveries).toBeGreaterThan(1);
    expect(said.map(json)).toEqual(said.map(() => result));
    expect(await waiting()).toBe(0);
  });

  it('finishes what is in hand when told to stop, and leaves the rest in the queue', async () => {
    const gate = Promise.withResolvers<void>();
    const begun: number[] = [];
    const { publish, running, waiting, consumer } = await consume(
      async (delivery) => {
        begun.push(JSON.parse(delivery.body.toString()).n);
        await gate.promise;
        return {};
      },
      { prefetch: 2 },
    );
    for (let n = 0; n < 5; n += 1) publish({ n });
    await until(() => begun.length === 2);
    const stopped = running.stop();
    gate.resolve();
    await stopped;
    // The broker may hand over more before it hears of the stop; that is finished as well.
    expect(consumer.status).toMatchObject({ state: 'stopped', handled: begun.length });
    await until(async () => (await waiting()) === 5 - begun.length);
  });

  it('gives back what it cannot finish when told to stop during an outage', async () => {
    let refused = 0;
    const { publish, running, waiting } = await consume(async () => {
      refused += 1;
      throw new StoreUnavailableError('away');
    });
    publish({});
    await until(() => refused > 2);
    await running.stop();
    await until(async () => (await waiting()) === 1);
  });

  it('does not claim to consume while it has no connection', async () => {
    const { connector, exchange } = await openBus();
    let away = false;
    const sometimes: Connector = async (drop) => {
      if (away) throw new Error('away');
      return connector(drop);
    };
    const bus = { connector: sometimes, exchange };
    const { consumer, connection } = await consumeFrom(bus, async () => ({}));
    away = true;
    connection.reset(await connection.model(new AbortController().signal), 'cut by the test');
    await until(() => consumer.status.state === 'connecting');
    away = false;
    await until(() => consumer.status.state === 'consuming');
  });

  it('consumes again when its channel is lost and only then the store is found away', async () => {
    const begun: (() => void)[] = [];
    let lost = false;
    const { publish, consumer, connection } = await consume(async () => {
      if (lost) return {};
      await new Promise<void>((resolve) => begun.push(resolve));
      throw new StoreUnavailableError('away');
    });
    for (let n = 0; n < 3; n += 1) publish({ n });
    await until(() => begun.length === 3);
    const model = await connection.model(never);
    connection.reset(model, 'by the test');
    await until(() => consumer.status.state === 'connecting');
    lost = true;
    for (const refuse of begun) refuse();
    await until(() => consumer.status.handled === 3);
    expect(consumer.status).toMatchObject({ state: 'consuming', deadLettered: 0 });
  });

  it('consumes again after its connection was cut', async () => {
    const seen = new Set<number>();
    const { publish, connection, consumer } = await consume(async (delivery) => {
      seen.add(JSON.parse(delivery.body.toString()).n);
      return {};
    });
    publish({ n: 1 });
    await until(() => seen.has(1));
    const model = await connection.model(new AbortController().signal);
    connection.reset(model, 'test');
    publish({ n: 2 });
    await until(() => seen.has(2) && consumer.status.state === 'consuming');
  });
});

describe('a consumer whose queue somebody deletes', () => {
  it('declares it anew', async () => {
    const { publish, channel, queue, consumer } = await consumeFrom(
      await rabbit(),
      async () => ({}),
    );
    await channel.deleteQueue(queue.name);
    await until(async () => {
      publish({});
      return consumer.status.handled > 0;
    });
  });
});

const answer = (type: string): AnswerEnvelope =>
  toAnswer(
    {
      id: randomUUID(),
      type,
      timestamp: now(),
      correlationId: randomUUID(),
      causationId: randomUUID(),
      payload: { command_id: 'c-1' },
    },
    'imi-1',
  );

/** Waits for one message and takes it off the queue. */
async function takeOne(channel: ConfirmChannel, queue: string) {
  let taken: Awaited<ReturnType<ConfirmChannel['get']>> = false;
  await until(async () => {
    taken = await channel.get(queue, { noAck: true });
    return taken !== false;
  });
  if (taken === false) throw new Error(`Nothing in ${queue}`);
  return taken as unknown as import('amqplib').ConsumeMessage;
}
