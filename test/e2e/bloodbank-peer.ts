import { randomUUID } from 'node:crypto';
import {
  type ConfirmChannel,
  type ConsumeMessage,
  connect,
  type GetMessage,
  type Options,
} from 'amqplib';
import { onTestFinished } from 'vitest';
import { topologyOf } from '../../src/bloodbank/topology.ts';
import { commandNames } from '../../src/commands/definitions.ts';
import { violationsOf } from '../bloodbank/envelope-rules.ts';
import { matches } from '../bloodbank/topic.ts';

/** What the door answers a sender that gave `reply_to`. */
export interface Reply {
  readonly status: 'accepted' | 'unchanged' | 'rejected';
  readonly command_id: string;
  readonly events: readonly { readonly event_type: string }[];
  readonly ids: Record<string, string>;
  readonly error?: { readonly code: string; readonly params: Record<string, unknown> };
}

export interface Published {
  readonly messageId: string;
  readonly routingKey: string;
  // biome-ignore lint/suspicious/noExplicitAny: the rules of envelopes are checked on arrival
  readonly payload: Record<string, any>;
  readonly causationId: string | undefined;
}

const commandKeys = topologyOf('', commandNames).queues['imi.commands'].bindings.map(
  ({ key }) => key,
);

/** A service of the ecosystem: sends commands, waits for answers, consumes all that iMi publishes. */
export class BloodbankPeer {
  readonly #channel: ConfirmChannel;
  readonly #exchange: string;
  readonly #replyQueue: string;
  readonly #replies = new Map<string, { replies: Reply[]; told: () => void }>();
  /** Every event published, in the order it came, repetitions included. */
  readonly published: Published[] = [];
  /** Every answer to a command that is no event, in the order it came. */
  readonly answers: Published[] = [];
  readonly violations: string[] = [];
  #arrived: () => void = () => {};

  private constructor(channel: ConfirmChannel, exchange: string, replyQueue: string) {
    this.#channel = channel;
    this.#exchange = exchange;
    this.#replyQueue = replyQueue;
  }

  static async connect(url: string, exchange: string): Promise<BloodbankPeer> {
    const connection = await connect(url);
    onTestFinished(() => connection.close());
    const channel = await connection.createConfirmChannel();
    await channel.assertExchange(exchange, 'topic', { durable: true });
    const { queue: replyQueue } = await channel.assertQueue('', { exclusive: true });
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, exchange, 'imi.#');
    await channel.bindQueue(queue, exchange, 'command.imi.#');
    const peer = new BloodbankPeer(channel, exchange, replyQueue);
    await channel.consume(queue, (message) => message && peer.#take(message), { noAck: true });
    await channel.consume(replyQueue, (message) => message && peer.#answer(message), {
      noAck: true,
    });
    return peer;
  }

  /** Publishes a command `times` times and answers the reply to each. */
  async send(
    key: string,
    body: unknown,
    {
      times = 1,
      exchange = this.#exchange,
      ...properties
    }: Options.Publish & {
      times?: number;
      exchange?: string;
    } = {},
  ): Promise<Reply[]> {
    const correlationId = randomUUID();
    const replies: Reply[] = [];
    const all = new Promise<void>((resolve) => {
      const told = () => replies.length >= times && resolve();
      this.#replies.set(correlationId, { replies, told });
    });
    for (let copy = 0; copy < times; copy += 1) {
      this.#channel.publish(exchange, key, Buffer.from(JSON.stringify(body)), {
        persistent: true,
        replyTo: this.#replyQueue,
        correlationId,
        ...properties,
      });
    }
    await this.#channel.waitForConfirms();
    await all;
    return replies;
  }

  /** Publishes what nobody answers; returns when the broker has it. */
  async tell(key: string, body: unknown): Promise<void> {
    const content = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    this.#channel.publish(this.#exchange, key, content, { persistent: true });
    await this.#channel.waitForConfirms();
  }

  /** Takes one message out of a queue; null when it is empty. */
  async take(queue: string): Promise<GetMessage | null> {
    return (await this.#channel.get(queue, { noAck: true })) || null;
  }

  /** Waits until what was published is as it should be. */
  async until(done: (published: readonly Published[]) => boolean): Promise<void> {
    while (!done(this.published)) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }

  /** Messages in a queue. */
  async depthOf(queue: string): Promise<number> {
    return (await this.#channel.checkQueue(queue)).messageCount;
  }

  #take(message: ConsumeMessage): void {
    const { routingKey } = message.fields;
    // The exchange is shared with the commands that this peer sends.
    if (commandKeys.some((key) => matches(key, routingKey))) return;
    const envelope = JSON.parse(message.content.toString());
    this.violations.push(...violationsOf(envelope, routingKey));
    const isEvent = 'previous_position' in envelope.payload;
    (isEvent ? this.published : this.answers).push({
      messageId: message.properties.messageId,
      routingKey,
      payload: envelope.payload,
      causationId: envelope.causation_id,
    });
    this.#arrived();
  }

  #answer(message: ConsumeMessage): void {
    const waiting = this.#replies.get(message.properties.correlationId);
    waiting?.replies.push(JSON.parse(message.content.toString()));
    waiting?.told();
  }
}
