import { setTimeout as delay } from 'node:timers/promises';
import { type ConfirmChannel, type ConsumeMessage, connect, type GetMessage } from 'amqplib';
import { onTestFinished } from 'vitest';
import { violationsOf } from '../bloodbank/envelope-rules.ts';
import type { BusCase } from './bus-cases.ts';

/** Publishes cases, and keeps what the service publishes and answers. */
export class BusClient {
  readonly #channel: ConfirmChannel;
  readonly replyTo: string;
  /** Answers to messages that named the queue of this client. */
  replies = 0;
  /** Cases that no queue took: none, unless a binding is missing. */
  unrouted = 0;
  /** Ids and texts of what the service published. */
  readonly published = new Map<string, string>();
  readonly violations: string[] = [];
  /** Texts of the answers to commands, which are recorded nowhere. */
  readonly answers: { readonly isRefusal: boolean; readonly text: string }[] = [];

  private constructor(channel: ConfirmChannel, replyTo: string) {
    this.#channel = channel;
    this.replyTo = replyTo;
  }

  static async connect(url: string, exchange: string): Promise<BusClient> {
    const connection = await connect(url);
    onTestFinished(() => connection.close());
    const channel = await connection.createConfirmChannel();
    const { queue: replyTo } = await channel.assertQueue('', { exclusive: true });
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, exchange, 'imi.#');
    await channel.bindQueue(queue, exchange, 'command.imi.#');
    const client = new BusClient(channel, replyTo);
    channel.on('return', () => {
      client.unrouted += 1;
    });
    const noAck = { noAck: true };
    await channel.consume(queue, (message) => message && client.#take(message), noAck);
    await channel.consume(replyTo, (message) => message && client.#hear(message), noAck);
    return client;
  }

  /** Returns when the broker has it. */
  async publish({ exchange, key, body, properties }: BusCase): Promise<void> {
    this.#channel.publish(exchange, key, body, { ...properties, mandatory: true });
    await this.#channel.waitForConfirms();
  }

  async depthOf(queue: string): Promise<number> {
    return (await this.#channel.checkQueue(queue)).messageCount;
  }

  async consumersOf(queue: string): Promise<number> {
    return (await this.#channel.checkQueue(queue)).consumerCount;
  }

  /** Empties a queue. */
  async takeAll(queue: string): Promise<GetMessage[]> {
    const messages: GetMessage[] = [];
    for (;;) {
      const message = await this.#channel.get(queue, { noAck: true });
      if (message === false) return messages;
      messages.push(message);
    }
  }

  async until(done: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await done())) await delay(50);
  }

  #take({ fields, properties, content }: ConsumeMessage): void {
    // The exchange is shared with the commands of this client; nobody else says to be iMi.
    if (properties.appId !== 'imi') return;
    const text = content.toString();
    this.violations.push(...violationsOf(JSON.parse(text), fields.routingKey));
    const { payload } = JSON.parse(text);
    if ('previous_position' in payload) this.published.set(String(properties.messageId), text);
    else this.answers.push({ isRefusal: 'error' in payload, text });
  }

  #hear({ content }: ConsumeMessage): void {
    JSON.parse(content.toString());
    this.replies += 1;
  }
}
