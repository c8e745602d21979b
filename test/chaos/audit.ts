import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import { within } from '../../src/within.ts';
import { violationsOf } from '../bloodbank/envelope-rules.ts';
import { BusClient } from './bus-client.ts';

/** One message, the first time it came. */
export interface Heard {
  readonly id: string;
  readonly type: string;
  readonly position: string;
  readonly previous: string | null;
}

const auditQueue = 'chaos.audit';
const answerLimitMs = 10_000;

/** A consumer with a queue of its own that iMi knows nothing of: what it heard is what was published. */
export class Audit {
  readonly #client: BusClient;
  readonly #ids = new Set<string>();
  /** Each message the first time it came, in order. */
  readonly first: Heard[] = [];
  readonly violations: string[] = [];
  /** Repetitions included. */
  messages = 0;

  constructor(url: string, exchange: string) {
    this.#client = new BusClient(url, async (channel) => {
      await channel.assertExchange(exchange, 'topic', { durable: true });
      await channel.assertQueue(auditQueue, {
        durable: true,
        arguments: { 'x-queue-type': 'quorum' },
      });
      await channel.bindQueue(auditQueue, exchange, 'imi.#');
      await channel.prefetch(500);
      await channel.consume(auditQueue, (message) => {
        if (message === null) return;
        this.#hear(message);
        channel.ack(message);
      });
    });
  }

  /** Returns when the queue is there. */
  async ready(): Promise<void> {
    await this.#channel();
  }

  /** Messages that lie in a queue. Throws when the broker does not say so in time. */
  async depthOf(queue: string): Promise<number> {
    const channel = await this.#channel();
    return (await within(answerLimitMs, Promise.resolve(channel.checkQueue(queue)))).messageCount;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #channel(): Promise<ConfirmChannel> {
    const channel = await this.#client.channel(AbortSignal.timeout(answerLimitMs));
    if (channel === null) throw new Error(`no channel within ${answerLimitMs} ms`);
    return channel;
  }

  #hear({ fields, properties, content }: ConsumeMessage): void {
    const { routingKey } = fields;
    // The exchange is shared with the commands.
    if (routingKey.startsWith('imi.cmd.') && routingKey !== 'imi.cmd.failed') return;
    this.messages += 1;
    const id = String(properties.messageId);
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    const envelope = JSON.parse(content.toString());
    this.violations.push(...violationsOf(envelope, routingKey));
    const { position, previous_position: previous } = envelope.payload;
    this.first.push({ id, type: routingKey, position, previous });
  }
}
