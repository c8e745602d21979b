import type { ConsumeMessage } from 'amqplib';

/** A message as the broker handed it over, without the client library's own types. */
export interface Delivery {
  readonly body: Buffer;
  /** Key the message was first published with, also when it comes back from a dead-letter queue. */
  readonly routingKey: string;
  readonly exchange: string;
  readonly messageId?: string;
  readonly correlationId?: string;
  readonly replyTo?: string;
  readonly appId?: string;
  /** W3C trace context of the sender. */
  readonly traceparent?: string;
  /** When this message was dead-lettered for the first time, if it ever was. */
  readonly firstDeathAt?: string;
}

/** Headers that a dead letter carries. A replay brings them back and so keeps its place of origin. */
export const deathHeaders = {
  code: 'x-imi-code',
  reason: 'x-imi-reason',
  queue: 'x-imi-queue',
  exchange: 'x-imi-exchange',
  routingKey: 'x-imi-routing-key',
  firstDeathAt: 'x-imi-first-death-at',
  tries: 'x-imi-tries',
} as const;

/** Reads what iMi uses of a consumed message. */
export function toDelivery(message: ConsumeMessage): Delivery {
  const { fields, properties, content } = message;
  const header = (name: string): string | undefined => text(properties.headers?.[name]);
  // Only what came straight to the queue (a replay) may name another origin than the broker does.
  const replayed = fields.exchange === '';
  return {
    body: content,
    routingKey: (replayed ? header(deathHeaders.routingKey) : undefined) ?? fields.routingKey,
    exchange: (replayed ? header(deathHeaders.exchange) : undefined) ?? fields.exchange,
    ...given('messageId', text(properties.messageId)),
    ...given('correlationId', text(properties.correlationId)),
    ...given('replyTo', text(properties.replyTo)),
    ...given('appId', text(properties.appId)),
    ...given('traceparent', traceContext(header('traceparent'))),
    ...given('firstDeathAt', replayed ? time(header(deathHeaders.firstDeathAt)) : undefined),
  };
}

const traceContext = (value: string | undefined): string | undefined =>
  value !== undefined && /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(value)
    ? value
    : undefined;

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const time = (value = ''): string | undefined =>
  /^\d{4}-\d\d-\d\dT[\d:.]{5,12}Z$/.test(value) ? value : undefined;

const given = <K extends string>(key: K, value: string | undefined): { [P in K]?: string } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]: string });
