import type { ChannelModel, ConfirmChannel, ConsumeMessage, Message } from 'amqplib';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';

/** A bus under test: connections to one broker, and names nobody else uses on it. */
export interface BusUnderTest {
  connect(): Promise<ChannelModel>;
  /** Put before every name. */
  readonly prefix: string;
  cleanup(): Promise<void>;
}

/**
 * What iMi needs of a message bus, as tests: run against RabbitMQ and against the bus in process,
 * so that what works on one works on the other.
 */
export function describeBusContract(setUp: () => Promise<BusUnderTest>): void {
  let bus: BusUnderTest;
  let connection: ChannelModel;
  let channel: ConfirmChannel;
  let names = 0;
  let exchange: string;
  let queue: string;

  beforeAll(async () => {
    bus = await setUp();
    connection = await bus.connect();
  });
  afterAll(async () => {
    await connection?.close();
    await bus?.cleanup();
  });
  beforeEach(async () => {
    names += 1;
    exchange = `${bus.prefix}exchange-${names}`;
    queue = `${bus.prefix}queue.${names}`;
    channel = await connection.createConfirmChannel();
    await channel.assertExchange(exchange, 'topic', { durable: true });
    await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  });

  it('routes by topic and delivers what was sent, as it was sent', async () => {
    await channel.bindQueue(queue, exchange, 'webhook.plane.#');
    const received = await consume(channel, queue);
    channel.publish(exchange, 'webhook.other', Buffer.from('not bound'));
    channel.publish(exchange, 'webhook.plane.issue.created', Buffer.from('{"n":1}'), {
      persistent: true,
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      messageId: 'id-1',
      correlationId: 'trace-1',
      replyTo: 'answers',
      headers: { reason: 'test' },
    });
    const [message] = await arrivals(received, 1);
    expect(message?.content.toString()).toBe('{"n":1}');
    expect(message?.fields).toMatchObject({
      exchange,
      routingKey: 'webhook.plane.issue.created',
      redelivered: false,
    });
    expect(message?.properties).toMatchObject({
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      messageId: 'id-1',
      correlationId: 'trace-1',
      replyTo: 'answers',
      deliveryMode: 2,
      headers: { reason: 'test' },
    });
  });

  it('adds no message id, no correlation id and no time that the sender did not give', async () => {
    const received = await consume(channel, queue);
    channel.sendToQueue(queue, Buffer.from('bare'));
    const [message] = await arrivals(received, 1);
    expect(message?.properties.messageId).toBeUndefined();
    expect(message?.properties.correlationId).toBeUndefined();
    expect(message?.properties.timestamp).toBeUndefined();
    expect(message?.properties.headers).toEqual({});
  });

  it('reaches a queue by its name through the default exchange', async () => {
    channel.publish('', queue, Buffer.from('by name'));
    await channel.waitForConfirms();
    const message = await channel.get(queue, { noAck: true });
    expect(message).toMatchObject({ fields: { exchange: '', routingKey: queue } });
    expect(await channel.get(queue)).toBe(false);
  });

  it('returns an unroutable mandatory message to its publisher and then confirms it', async () => {
    const other = await connection.createConfirmChannel();
    const seen: string[] = [];
    const returned: Message[] = [];
    other.on('return', () => seen.push('returned to another channel'));
    channel.on('return', (message: Message) => {
      seen.push('returned');
      returned.push(message);
    });
    const options = { mandatory: true, messageId: 'id-2' };
    await new Promise<void>((resolve, reject) => {
      channel.publish(exchange, 'nobody.listens', Buffer.from('x'), options, (error) => {
        seen.push('confirmed');
        if (error) reject(error);
        else resolve();
      });
    });
    expect(seen).toEqual(['returned', 'confirmed']);
    expect(returned[0]?.fields).toMatchObject({ replyCode: 312, routingKey: 'nobody.listens' });
    expect(returned[0]?.properties.messageId).toBe('id-2');
  });

  it('returns a mandatory message to a queue that does not exist, and keeps the channel', async () => {
    const returned: Message[] = [];
    channel.on('return', (message: Message) => returned.push(message));
    channel.sendToQueue(`${queue}.missing`, Buffer.from('x'), { mandatory: true });
    channel.sendToQueue(queue, Buffer.from('y'), { mandatory: true });
    await channel.waitForConfirms();
    expect(returned).toHaveLength(1);
    expect(await channel.checkQueue(queue)).toMatchObject({ messageCount: 1 });
  });

  it('confirms in order what is published in one go', async () => {
    await channel.bindQueue(queue, exchange, 'n');
    const confirmed: number[] = [];
    for (let n = 0; n < 50; n += 1) {
      channel.publish(exchange, 'n', Buffer.from(String(n)), {}, () => confirmed.push(n));
    }
    await channel.waitForConfirms();
    expect(confirmed).toEqual(Array.from({ length: 50 }, (_, n) => n));
    const received = await consume(channel, queue);
    const messages = await arrivals(received, 50);
    expect(messages.map((message) => Number(message.content))).toEqual(confirmed);
  });

  it('moves a message refused without requeue to the dead-letter queue, once', async () => {
    const deadLetters = `${queue}.dlq`;
    const guarded = `${queue}.guarded`;
    await channel.assertQueue(deadLetters, { durable: true });
    await channel.assertQueue(guarded, {
      durable: true,
      arguments: {
        'x-queue-type': 'quorum',
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': deadLetters,
      },
    });
    await channel.bindQueue(guarded, exchange, 'command');
    const dead = await consume(channel, deadLetters);
    await channel.consume(guarded, (message) => message && channel.nack(message, false, false));
    channel.publish(exchange, 'command', Buffer.from('bad'), { messageId: 'id-3' });
    const [message] = await arrivals(dead, 1);
    expect(message?.content.toString()).toBe('bad');
    expect(message?.properties.messageId).toBe('id-3');
    expect(message?.fields).toMatchObject({ exchange: '', routingKey: deadLetters });
    expect(await channel.checkQueue(guarded)).toMatchObject({ messageCount: 0 });
  });

  it('delivers no more unacknowledged messages than the prefetch, and the next after each ack', async () => {
    await channel.prefetch(2);
    const received = await consume(channel, queue, { noAck: false });
    for (let n = 0; n < 5; n += 1) channel.sendToQueue(queue, Buffer.from(String(n)));
    await channel.waitForConfirms();
    const [first, second] = await arrivals(received, 2);
    expect((await channel.checkQueue(queue)).messageCount).toBe(3);
    channel.ack(second as ConsumeMessage);
    await arrivals(received, 3);
    channel.ack(first as ConsumeMessage);
    await arrivals(received, 4);
    expect((await channel.checkQueue(queue)).messageCount).toBe(1);
  });

  it('acknowledges everything up to a message at once', async () => {
    const received = await consume(channel, queue, { noAck: false });
    for (let n = 0; n < 3; n += 1) channel.sendToQueue(queue, Buffer.from(String(n)));
    const messages = await arrivals(received, 3);
    channel.ack(messages[1] as ConsumeMessage, true);
    await channel.close();
    channel = await connection.createConfirmChannel();
    const again = await arrivals(await consume(channel, queue), 1);
    expect(again.map(({ content }) => content.toString())).toEqual(['2']);
  });

  it('delivers again, marked, what was put back', async () => {
    const received: ConsumeMessage[] = [];
    await channel.consume(queue, (message) => {
      if (message === null) return;
      received.push(message);
      if (received.length === 1) channel.nack(message, false, true);
      else channel.ack(message);
    });
    channel.sendToQueue(queue, Buffer.from('again'));
    const messages = await arrivals(received, 2);
    expect(messages.map(({ fields }) => fields.redelivered)).toEqual([false, true]);
  });

  it('delivers again, marked, what a closed connection had not acknowledged', async () => {
    const lost = await bus.connect();
    const lostChannel = await lost.createChannel();
    const received = await consume(lostChannel, queue, { noAck: false });
    channel.sendToQueue(queue, Buffer.from('in flight'));
    await arrivals(received, 1);
    await lost.close();
    const [message] = await arrivals(await consume(channel, queue), 1);
    expect(message?.fields.redelivered).toBe(true);
  });

  it('delivers nothing to a cancelled consumer, whose deliveries can still be acknowledged', async () => {
    const received: ConsumeMessage[] = [];
    const { consumerTag } = await channel.consume(queue, (message) => {
      if (message !== null) received.push(message);
    });
    channel.sendToQueue(queue, Buffer.from('before'));
    const [before] = await arrivals(received, 1);
    await channel.cancel(consumerTag);
    channel.sendToQueue(queue, Buffer.from('after'));
    await channel.waitForConfirms();
    channel.ack(before as ConsumeMessage);
    await channel.close();
    channel = await connection.createConfirmChannel();
    expect(received).toHaveLength(1);
    const [after] = await arrivals(await consume(channel, queue), 1);
    expect(after?.content.toString()).toBe('after');
  });

  it('delivers what was published just before its channel was closed', async () => {
    const received = await consume(channel, queue);
    const sender = await connection.createChannel();
    sender.sendToQueue(queue, Buffer.from('last words'));
    await sender.close();
    const [message] = await arrivals(received, 1);
    expect(message?.content.toString()).toBe('last words');
  });

  it('closes the channel with 404 when the exchange does not exist', async () => {
    const closed = new Promise<{ code?: number }>((resolve) => channel.once('error', resolve));
    channel.publish(`${exchange}.missing`, 'x', Buffer.from('x'), {}, () => {});
    expect(await closed).toMatchObject({ code: 404 });
  });
}

type Consumer = Pick<ConfirmChannel, 'consume'>;

async function consume(
  channel: Consumer,
  queue: string,
  options = { noAck: true },
): Promise<ConsumeMessage[]> {
  const received: ConsumeMessage[] = [];
  await channel.consume(
    queue,
    (message) => {
      if (message !== null) received.push(message);
    },
    options,
  );
  return received;
}

async function arrivals(received: ConsumeMessage[], count: number): Promise<ConsumeMessage[]> {
  await vi.waitUntil(() => received.length >= count, { timeout: 20_000, interval: 5 });
  expect(received).toHaveLength(count);
  return received;
}
