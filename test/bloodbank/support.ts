import { randomUUID } from 'node:crypto';
import { type ChannelModel, type ConsumeMessage, connect } from 'amqplib';
import { pino } from 'pino';
import { onTestFinished, vi } from 'vitest';
import {
  amqpConnector,
  BloodbankConnection,
  type Connector,
} from '../../src/bloodbank/connection.ts';
import type { QueueSpec } from '../../src/bloodbank/topology.ts';

export const log = pino({ level: process.env.IMI_TEST_LOG ?? 'silent' });
export const now = (): string => new Date().toISOString();
export const quick = { firstMs: 10, maxMs: 100 };

/** Waits until a condition that something else brings about is true. */
export const until = (condition: () => boolean | Promise<boolean>): Promise<unknown> =>
  vi.waitUntil(condition, { timeout: 30_000, interval: 10 });

/** The connection under test; closed with the test. */
export function keepConnection(connector: Connector | string): BloodbankConnection {
  const connection = new BloodbankConnection({
    connect: typeof connector === 'string' ? amqpConnector(connector) : connector,
    log,
    now,
    backoff: quick,
  });
  onTestFinished(() => connection.close());
  return connection;
}

/** A client of the test's own on the same broker. */
export async function openClient(connector: Connector | string): Promise<ChannelModel> {
  const model =
    typeof connector === 'string'
      ? await connect(connector)
      : await connector(new AbortController().signal);
  model.on('error', () => undefined);
  onTestFinished(() => model.close().catch(() => undefined));
  return model;
}

/** Starts something that runs until it is told to stop; at the latest with the test. */
export function start(run: (signal: AbortSignal) => Promise<void>) {
  const controller = new AbortController();
  const ended = run(controller.signal);
  ended.catch(() => undefined);
  const stop = async (): Promise<void> => {
    controller.abort();
    await ended;
  };
  onTestFinished(() => stop().catch(() => undefined));
  return { ended, stop };
}

/** Everything that a pattern matches, from now on, in the order of arrival. */
export async function listen(
  model: ChannelModel,
  exchange: string,
  pattern: string,
  queue = `listener-${randomUUID()}`,
): Promise<ConsumeMessage[]> {
  const heard: ConsumeMessage[] = [];
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  await channel.assertExchange(exchange, 'topic', { durable: true });
  await channel.assertQueue(queue, { durable: true });
  await channel.bindQueue(queue, exchange, pattern);
  await channel.consume(queue, (message) => {
    if (message === null) return;
    heard.push(message);
    channel.ack(message);
  });
  return heard;
}

/** A queue of the test's own, bound to `test.<random>.*`. */
export function testQueue(exchange: string): QueueSpec & { readonly key: string } {
  const id = randomUUID().slice(0, 8);
  const name = `imi.test_${id}`;
  const bindings = [{ exchange, key: `test.${id}.*` }];
  return { name, deadLetterQueue: `${name}.dlq`, bindings, key: `test.${id}.it` };
}

export const json = (message: ConsumeMessage) => JSON.parse(message.content.toString());
