import type { ConfirmChannel, ConsumeMessage, GetMessage, Options } from 'amqplib';

/** AMQP's nameless default exchange; the fake knows none, so every queue is bound to this one. */
const DEFAULT_EXCHANGE = '(default)';

/** Where the properties travel as they were sent: the fake adds ids and times of its own. */
const SENT = Symbol('properties as sent');

interface FakeBroker {
  assertExchange(name: string, type: string): unknown;
  getExchange(name: string): unknown;
  getQueue(name: string): { readonly messages: { readonly pending: boolean }[] } | undefined;
  bindQueue(queue: string, exchange: string, pattern: string): unknown;
  publish(exchange: string, key: string, content: Buffer, properties: object): unknown;
  on(event: 'return', listener: (message: ReturnedMessage) => void): unknown;
  off(event: 'return', listener: (message: ReturnedMessage) => void): unknown;
}

interface ReturnedMessage {
  readonly fields: { readonly routingKey: string; readonly exchange?: string };
  readonly content: Buffer;
  readonly properties: object & { readonly [SENT]?: Options.Publish };
}

/** What we use of the fake's channel beyond amqplib's interface. */
export type FakeChannel = ConfirmChannel & {
  readonly _broker: FakeBroker;
  readonly _closed: boolean;
  readonly _emitReturn: (message: ReturnedMessage) => void;
};

type Confirm = (error: unknown, ok?: object) => void;

/**
 * Closes the gaps between the fake's channel and RabbitMQ's (`test/bloodbank/bus-contract.ts` holds
 * both to the same behaviour): the default exchange, also as dead-letter exchange; queue arguments
 * under their wire names; queue counts; returns on the publishing channel only; confirms; properties as sent.
 *
 * @param channel changed in place and returned
 */
export function adaptChannel(channel: FakeChannel): FakeChannel {
  const broker = channel._broker;
  broker.assertExchange(DEFAULT_EXCHANGE, 'topic');
  // The fake tells every channel of every returned message.
  broker.off('return', channel._emitReturn);

  const original = {
    close: channel.close.bind(channel),
    assertQueue: channel.assertQueue.bind(channel),
    consume: channel.consume.bind(channel),
    get: channel.get.bind(channel),
    checkExchange: channel.checkExchange.bind(channel),
    checkQueue: channel.checkQueue.bind(channel),
  };
  const confirms = new Set<Promise<unknown>>();

  const publish = (
    exchange: string,
    routingKey: string,
    content: Buffer,
    options: Options.Publish = {},
    callback?: Confirm,
  ): boolean => {
    if (channel._closed) throw new Error('Channel closed');
    const confirmed = deliver(exchange, routingKey, Buffer.from(content), options).then(
      () => callback?.(null, {}),
      (error: unknown) => {
        callback?.(error);
        throw error;
      },
    );
    confirms.add(confirmed);
    // Whoever waits for confirms hears of it; nobody has to.
    confirmed.catch(() => {}).finally(() => confirms.delete(confirmed));
    return true;
  };

  /** After the current step, as a network would: consumers never run inside `publish`. */
  const deliver = async (
    exchange: string,
    routingKey: string,
    content: Buffer,
    options: Options.Publish,
  ): Promise<void> => {
    await nextTurn();
    if (channel._closed) throw new Error('Channel closed');
    const target = exchange === '' ? DEFAULT_EXCHANGE : exchange;
    // Closes the channel with 404, as the broker does.
    if (!broker.getExchange(target)) await original.checkExchange(target);
    const returned: ReturnedMessage[] = [];
    const onReturn = (message: ReturnedMessage) => returned.push(message);
    broker.on('return', onReturn);
    try {
      const { headers, expiration, mandatory } = options;
      const properties = { headers, expiration, mandatory, [SENT]: options };
      broker.publish(target, routingKey, content, withoutUndefined(properties));
    } finally {
      broker.off('return', onReturn);
    }
    for (const message of returned) {
      channel.emit('return', {
        fields: { replyCode: 312, replyText: 'NO_ROUTE', exchange, routingKey },
        properties: sentProperties(message.properties),
        content: message.content,
      });
    }
  };

  /** RabbitMQ does not count what is delivered and not yet acknowledged. */
  const ready = (queue: string): number =>
    broker.getQueue(queue)?.messages.filter(({ pending }) => !pending).length ?? 0;

  return Object.assign(channel, {
    publish,
    sendToQueue: (queue: string, content: Buffer, options?: Options.Publish, callback?: Confirm) =>
      publish('', queue, content, options, callback),
    // A broker reads what was published before it reads the close.
    close: async () => {
      await Promise.allSettled(confirms);
      await original.close();
    },
    waitForConfirms: async () => {
      await Promise.all(confirms);
    },
    assertQueue: async (name: string, options: Options.AssertQueue = {}) => {
      const reply = await original.assertQueue(name, fakeOptions(options));
      broker.bindQueue(reply.queue, DEFAULT_EXCHANGE, reply.queue);
      return { ...reply, messageCount: ready(reply.queue) };
    },
    checkQueue: async (name: string) => {
      const reply = await original.checkQueue(name);
      return { ...reply, queue: name, messageCount: ready(name) };
    },
    consume: (
      queue: string,
      onMessage: (message: ConsumeMessage | null) => void,
      options?: Options.Consume,
    ) => original.consume(queue, (message) => onMessage(message && asSent(message)), options),
    get: async (queue: string, options?: Options.Get) => {
      const message = await original.get(queue, options);
      return message && asSent(message);
    },
  }) as FakeChannel;
}

/** Queue options under the names that the fake reads. */
function fakeOptions(options: Options.AssertQueue): Options.AssertQueue {
  const wire = options.arguments ?? {};
  const deadLetterExchange = options.deadLetterExchange ?? wire['x-dead-letter-exchange'];
  return withoutUndefined({
    ...options,
    deadLetterExchange: deadLetterExchange === '' ? DEFAULT_EXCHANGE : deadLetterExchange,
    deadLetterRoutingKey: options.deadLetterRoutingKey ?? wire['x-dead-letter-routing-key'],
    messageTtl: options.messageTtl ?? wire['x-message-ttl'],
    maxLength: options.maxLength ?? wire['x-max-length'],
  });
}

/** In place: the fake finds its own record of the message on the object it gave out. */
function asSent<M extends ConsumeMessage | GetMessage>(message: M): M {
  const { fields } = message;
  return Object.assign(message, {
    fields: {
      ...fields,
      exchange: fields.exchange === DEFAULT_EXCHANGE ? '' : fields.exchange,
      redelivered: fields.redelivered ?? false,
    },
    properties: sentProperties(message.properties),
  });
}

function sentProperties(properties: object & { [SENT]?: Options.Publish }): object {
  const { mandatory: _, persistent, ...sent } = properties[SENT] ?? {};
  return { ...sent, headers: sent.headers ?? {}, deliveryMode: persistent ? 2 : 1 };
}

function withoutUndefined<T extends object>(values: T): T {
  const kept = Object.entries(values).filter(([, value]) => value !== undefined);
  const copy = Object.fromEntries(kept) as T;
  for (const symbol of Object.getOwnPropertySymbols(values)) {
    Reflect.set(copy, symbol, Reflect.get(values, symbol));
  }
  return copy;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
