import type { Channel, ChannelModel } from 'amqplib';
import type { Logger } from 'pino';
import { exchangeType, flumeExchange, type QueueSpec } from './topology.ts';

export type QueueType = 'quorum' | 'classic';

export interface DeclareOptions {
  readonly queueType: QueueType;
  readonly log: Logger;
}

/**
 * Deliveries after which a quorum queue sets a message aside. RabbitMQ 4 would do so after 20, and a
 * long outage (each lost connection counts) would dead-letter healthy commands. A message that kills
 * its consumer every time is still stopped.
 */
const deliveryLimit = 1000;

/**
 * The same for a dead-letter queue, where each look of an operator counts as a delivery: RabbitMQ 4
 * would throw a dead letter away at the twenty-first.
 */
const lookLimit = 1_000_000;

/**
 * Declares the exchange, the given queues with their dead-letter queues, and the bindings.
 * What exists with other arguments (406) is used as it is, with a warning: changing a live queue is
 * the operator's decision. Anything else the broker refuses is thrown.
 */
export async function declareTopology(
  model: ChannelModel,
  exchange: string,
  queues: readonly QueueSpec[],
  options: DeclareOptions,
): Promise<void> {
  const steps = new Steps(model);
  for (const name of new Set([exchange, ...exchangesOf(queues)])) {
    await assertExchange(steps, name, options.log);
  }
  for (const queue of queues) {
    await declareQueue(
      steps,
      queue.deadLetterQueue,
      {
        ...queueArguments(options.queueType),
        ...(options.queueType === 'quorum' ? { 'x-delivery-limit': lookLimit } : {}),
      },
      options,
    );
    await declareQueue(
      steps,
      queue.name,
      {
        ...queueArguments(options.queueType),
        // Through the default exchange: the topic exchange would show it to every `#` consumer again.
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': queue.deadLetterQueue,
        ...(options.queueType === 'quorum' ? { 'x-delivery-limit': deliveryLimit } : {}),
      },
      options,
    );
    await steps.take(async (channel) => {
      for (const { exchange: source, key } of queue.bindings) {
        await channel.bindQueue(queue.name, source, key);
      }
    });
  }
  await steps.close();
}

/** Declares a durable topic exchange, or adopts what has its name. */
export async function declareExchange(
  model: ChannelModel,
  name: string,
  log: Logger,
): Promise<void> {
  const steps = new Steps(model);
  await assertExchange(steps, name, log);
  await steps.close();
}

const assertExchange = (steps: Steps, name: string, log: Logger): Promise<void> =>
  declareOrAdopt(steps, `exchange ${name}`, log, {
    declare: (channel) => channel.assertExchange(name, exchangeType, { durable: true }),
    check: (channel) => channel.checkExchange(name),
  });

const exchangesOf = (queues: readonly QueueSpec[]): string[] =>
  queues.some((queue) => queue.bindings.some((binding) => binding.exchange === flumeExchange))
    ? [flumeExchange]
    : [];

const queueArguments = (type: QueueType): Record<string, unknown> => ({ 'x-queue-type': type });

const declareQueue = (
  steps: Steps,
  name: string,
  args: Record<string, unknown>,
  { log }: DeclareOptions,
): Promise<void> =>
  declareOrAdopt(steps, `queue ${name}`, log, {
    declare: (channel) => channel.assertQueue(name, { durable: true, arguments: args }),
    check: (channel) => channel.checkQueue(name),
  });

async function declareOrAdopt(
  steps: Steps,
  what: string,
  log: Logger,
  entity: {
    readonly declare: (channel: Channel) => Promise<unknown>;
    readonly check: (channel: Channel) => Promise<unknown>;
  },
): Promise<void> {
  try {
    await steps.take(entity.declare);
  } catch (error) {
    if ((error as { code?: unknown }).code !== preconditionFailed) throw error;
    await steps.take(entity.check);
    log.warn(
      { reason: (error as Error).message },
      `Bloodbank: ${what} exists with other arguments and is used as it is`,
    );
  }
}

const preconditionFailed = 406;

/** Steps on one channel, until a refusal closes it: the next step then has another. */
class Steps {
  readonly #model: ChannelModel;
  #channel: Channel | null = null;

  constructor(model: ChannelModel) {
    this.#model = model;
  }

  async take(step: (channel: Channel) => Promise<unknown>): Promise<void> {
    const channel = this.#channel ?? (await this.#open());
    // Kept for the next step only when this one is not refused.
    this.#channel = null;
    await step(channel);
    this.#channel = channel;
  }

  async close(): Promise<void> {
    await this.#channel?.close();
  }

  async #open(): Promise<Channel> {
    const channel = await this.#model.createChannel();
    // The refusal also rejects the call itself; without a listener the event would end the process.
    channel.on('error', () => undefined);
    return channel;
  }
}
