import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { perSecond, until } from './stats.ts';

const input = 'bench.relay.in';
const output = 'bench.relay.out';
const relayExchange = 'bench.relay';

/**
 * The least that a service on this broker can do with a message: consume → publish with confirm →
 * ack, between two quorum queues. What iMi does besides is measured against it.
 */
export class Relay {
  readonly #model: ChannelModel;
  readonly #sender: ConfirmChannel;

  private constructor(model: ChannelModel, sender: ConfirmChannel) {
    this.#model = model;
    this.#sender = sender;
  }

  static async connect(url: string): Promise<Relay> {
    const model = await connect(url, { noDelay: true });
    const sender = await model.createConfirmChannel();
    await sender.assertExchange(relayExchange, 'topic', { durable: true });
    for (const queue of [input, output]) {
      const options = { durable: true, arguments: { 'x-queue-type': 'quorum' } };
      await sender.assertQueue(queue, options);
      await sender.bindQueue(queue, relayExchange, queue);
    }
    return new Relay(model, sender);
  }

  /** Messages a second, of `count` that wait in the queue when it begins. */
  async throughput(count: number, prefetch: number): Promise<number> {
    for (let index = 0; index < count; index += 1) this.#send(index);
    await this.#sender.waitForConfirms();
    let relayed = 0;
    const startedAt = performance.now();
    const stop = await this.#run(prefetch, () => {
      relayed += 1;
    });
    const endedAt = await until(() => relayed >= count, 'The end of the relay');
    await stop();
    await this.#sender.purgeQueue(output);
    return perSecond(count, endedAt - startedAt);
  }

  /** Milliseconds from publishing a message until it comes out of the relay, at an offered rate. */
  async latencies(
    offer: (send: (index: number, dueAt: number) => void) => Promise<void>,
  ): Promise<number[]> {
    const dueAts: number[] = [];
    const latencies: number[] = [];
    const stop = await this.#run(64, () => {});
    const channel = await this.#model.createChannel();
    await channel.consume(
      output,
      (message) => {
        const index = Number(message?.properties.messageId);
        latencies.push(performance.now() - (dueAts[index] ?? Number.NaN));
      },
      { noAck: true },
    );
    await offer((index, dueAt) => {
      dueAts[index] = dueAt;
      this.#send(index);
    });
    await until(() => latencies.length === dueAts.length, 'The end of the relay');
    await channel.close();
    await stop();
    return latencies;
  }

  async close(): Promise<void> {
    for (const queue of [input, output]) await this.#sender.deleteQueue(queue);
    await this.#model.close();
  }

  async #run(prefetch: number, onRelayed: () => void): Promise<() => Promise<void>> {
    const channel = await this.#model.createConfirmChannel();
    await channel.prefetch(prefetch);
    await channel.consume(input, (message) => {
      if (message === null) return;
      const { messageId } = message.properties;
      const properties = { persistent: true, messageId };
      channel.publish(relayExchange, output, message.content, properties, (error) => {
        if (error) throw error;
        channel.ack(message);
        onRelayed();
      });
    });
    return async () => channel.close();
  }

  #send(index: number): void {
    const properties = { persistent: true, messageId: String(index) };
    this.#sender.publish(relayExchange, input, body, properties);
  }
}

/** As long as a git state in its envelope. */
const body = Buffer.alloc(430, 'x');
