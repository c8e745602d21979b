import { setTimeout as delay } from 'node:timers/promises';
import type { ConfirmChannel, ConsumeMessage, Message } from 'amqplib';
import { toUuid } from '../../src/events/ids.ts';
import { BusClient } from './bus-client.ts';
import type { Entry, Ledger } from './ledger.ts';
import type { Asked } from './world.ts';

const replyQueue = 'chaos.replies';
const confirmLimitMs = 10_000;

/** Sends commands over the broker, each until the broker has confirmed it, and hears the replies. */
export class BusDoor {
  readonly #client: BusClient;
  readonly #exchange: string;
  readonly #ledger: Ledger;
  readonly #returned = new Set<string>();
  #sent = 0;

  constructor(url: string, exchange: string, ledger: Ledger) {
    this.#exchange = exchange;
    this.#ledger = ledger;
    this.#client = new BusClient(url, async (channel) => {
      // A listener for each message that waits for its confirm.
      channel.setMaxListeners(0);
      await channel.assertExchange(exchange, 'topic', { durable: true });
      await channel.assertQueue(replyQueue, { durable: true });
      channel.on('return', (message: Message) => this.#returned.add(tagOf(message)));
      await channel.consume(replyQueue, (message) => message && this.#hear(message), {
        noAck: true,
      });
    });
  }

  /** Returns when the broker has the command, or the signal is aborted. */
  async deliver(asked: Asked, entry: Entry, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#ledger.deliveries.bus += 1;
      entry.deliveries += 1;
      const channel = await this.#client.channel(signal);
      if (channel && (await this.#publish(channel, asked, entry))) {
        entry.acknowledged = true;
        return;
      }
      await delay(100);
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** Whether the broker has taken it, and a queue with it. */
  async #publish(channel: ConfirmChannel, { key, message }: Asked, entry: Entry): Promise<boolean> {
    this.#sent += 1;
    const tag = String(this.#sent);
    const { exchange = this.#exchange, ...properties } = message.properties;
    const settled = new AbortController();
    const confirmed = new Promise<boolean>((resolve) => {
      channel.once('close', () => resolve(false));
      try {
        channel.publish(
          exchange,
          key,
          Buffer.from(JSON.stringify(message.body)),
          {
            persistent: true,
            mandatory: true,
            replyTo: replyQueue,
            correlationId: entry.id,
            headers: { tag },
            ...properties,
          },
          (error) => resolve(error === null),
        );
      } catch {
        resolve(false);
      }
    });
    const late = delay(confirmLimitMs, false, { signal: settled.signal }).catch(() => false);
    const taken = await Promise.race([confirmed, late]);
    settled.abort();
    return !this.#returned.delete(tag) && taken;
  }

  #hear(message: ConsumeMessage): void {
    const reply = JSON.parse(message.content.toString());
    const { correlationId } = message.properties;
    if (reply.command_id !== toUuid(correlationId)) {
      this.#ledger.violations.push(`a reply to ${correlationId} about ${reply.command_id}`);
    }
    this.#ledger.answered(correlationId, {
      door: 'bus',
      status: reply.status,
      position: reply.position,
      ...(reply.error && { code: reply.error.code }),
    });
  }
}

const tagOf = ({ properties }: Message): string => String(properties.headers?.tag);
