import { randomUUID } from 'node:crypto';
import { type ChannelModel, type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib';
import { exchange as imiExchange } from './imi.ts';

export interface Answer {
  readonly status: 'accepted' | 'unchanged' | 'rejected';
  readonly ids: Readonly<Record<string, string>>;
}

/** A service of the ecosystem that sends commands to iMi and hears what comes of them. */
export class Bus {
  readonly channel: ConfirmChannel;
  readonly #model: ChannelModel;
  readonly #exchange: string;
  readonly #replyQueue: string;
  readonly #waiting = new Map<string, (answer: Answer) => void>();

  private constructor(
    model: ChannelModel,
    channel: ConfirmChannel,
    exchange: string,
    replyQueue: string,
  ) {
    this.#model = model;
    this.#exchange = exchange;
    this.channel = channel;
    this.#replyQueue = replyQueue;
  }

  /** To iMi, unless another exchange is named. */
  static async connect(url: string, exchange = imiExchange): Promise<Bus> {
    const model = await connect(url, { noDelay: true });
    // Of a broker that is stopped while something waits for it, those who wait hear anyway.
    model.on('error', () => undefined);
    const channel = await model.createConfirmChannel();
    await channel.assertExchange(exchange, 'topic', { durable: true });
    const { queue } = await channel.assertQueue('', { exclusive: true });
    const bus = new Bus(model, channel, exchange, queue);
    await channel.consume(queue, (message) => message && bus.#hear(message), { noAck: true });
    return bus;
  }

  /** Publishes a command and forgets it. */
  send(name: string, payload: object, id: string = randomUUID()): void {
    this.#publish(name, payload, id);
  }

  /** Publishes a command and waits for its answer. */
  ask(name: string, payload: object, id: string = randomUUID()): Promise<Answer> {
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#publish(name, payload, id, { replyTo: this.#replyQueue, correlationId: id });
    });
  }

  /** Hears of every event with this routing key from now on. */
  async listen(key: string, hear: (message: ConsumeMessage) => void): Promise<() => Promise<void>> {
    const queue = await this.count(key);
    const { consumerTag } = await this.channel.consume(
      queue.name,
      (message) => message && hear(message),
      { noAck: true },
    );
    return async () => {
      await this.channel.cancel(consumerTag);
      await queue.remove();
    };
  }

  /** Lets events with this routing key pile up and be counted, at no cost to this process. */
  async count(key: string) {
    const { queue: name } = await this.channel.assertQueue('', { exclusive: true });
    await this.channel.bindQueue(name, this.#exchange, key);
    return {
      name,
      size: async () => (await this.channel.checkQueue(name)).messageCount,
      remove: () => this.channel.deleteQueue(name),
    };
  }

  async close(): Promise<void> {
    await this.#model.close();
  }

  #publish(name: string, payload: object, id: string, properties: object = {}): void {
    const key = `imi.cmd.${name}`;
    const body = Buffer.from(JSON.stringify(envelope(key, payload, id)));
    this.channel.publish(this.#exchange, key, body, {
      persistent: true,
      contentType: 'application/json',
      ...properties,
    });
  }

  #hear(message: ConsumeMessage): void {
    const id = String(message.properties.correlationId);
    this.#waiting.get(id)?.(JSON.parse(message.content.toString()));
    this.#waiting.delete(id);
  }
}

const envelope = (event_type: string, payload: object, event_id: string) => ({
  event_id,
  event_type,
  timestamp: new Date().toISOString(),
  version: '1.0.0',
  source: { host: 'bench', type: 'agent', app: 'flume' },
  correlation_ids: [],
  agent_context: { type: 'coding-agent', name: 'ada' },
  payload,
});
