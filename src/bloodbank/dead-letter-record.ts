import { createHash } from 'node:crypto';
import type { GetMessage, MessageProperties, Options } from 'amqplib';
import { deathHeaders } from './delivery.ts';

/** A dead letter as operators see it, without its body. */
export interface DeadLetter {
  /** Names it among those of its queue; the same for copies of one message. */
  readonly id: string;
  /** The queue that it was set aside from. */
  readonly queue: string;
  readonly code: string;
  readonly reason: string;
  readonly exchange: string | null;
  readonly routing_key: string | null;
  /** RFC 3339 UTC; null when nothing tells. */
  readonly first_death_at: string | null;
  readonly tries: number | null;
  readonly message_id: string | null;
  readonly correlation_id: string | null;
  readonly bytes: number;
}

/** What the broker adds on its own way to a dead-letter queue, and counts there. */
const brokerHeaders = /^x-(death|first-death-.*|last-death-.*|delivery-count)$/;

/**
 * Reads what a dead letter's headers tell: iMi's own, or the broker's for a message that the broker
 * set aside (its delivery limit, its length limit).
 */
export function readDeadLetter({ content, properties }: GetMessage, queue: string): DeadLetter {
  const { headers, messageId, correlationId } = properties;
  const byBroker = brokerDeath(properties);
  const header = (name: string): string | null => text(headers?.[name]);
  const tries = headers?.[deathHeaders.tries];
  const routing_key = header(deathHeaders.routingKey) ?? byBroker.routingKey;
  return {
    id: createHash('sha256')
      .update(JSON.stringify([queue, routing_key, text(messageId)]))
      .update(content)
      .digest('hex')
      .slice(0, 16),
    queue,
    code: header(deathHeaders.code) ?? byBroker.code,
    reason: header(deathHeaders.reason) ?? byBroker.reason,
    exchange: header(deathHeaders.exchange) ?? byBroker.exchange,
    routing_key,
    first_death_at: header(deathHeaders.firstDeathAt) ?? byBroker.at,
    tries: typeof tries === 'number' ? tries : null,
    message_id: text(messageId),
    correlation_id: text(correlationId),
    bytes: content.length,
  };
}

/**
 * Properties to send a dead letter back with: those it has, and iMi's own headers, so that the place
 * it came from and its first death stay known however often it dies. The broker's counts begin anew.
 */
export function replayProperties(
  letter: DeadLetter,
  properties: MessageProperties,
): Options.Publish {
  const kept = Object.entries(properties.headers ?? {}).filter(
    ([name]) => !brokerHeaders.test(name),
  );
  const { messageId, correlationId, appId, type, contentType, contentEncoding, timestamp } =
    properties;
  const given = { messageId, correlationId, appId, type, contentType, contentEncoding, timestamp };
  const origin = {
    [deathHeaders.exchange]: letter.exchange,
    [deathHeaders.routingKey]: letter.routing_key,
    [deathHeaders.firstDeathAt]: letter.first_death_at,
  };
  return {
    ...present(given),
    persistent: true,
    headers: { ...Object.fromEntries(kept), ...present(origin) },
  };
}

interface BrokerDeath {
  readonly code: string;
  readonly reason: string;
  readonly exchange: string | null;
  readonly routingKey: string | null;
  readonly at: string | null;
}

function brokerDeath({ headers }: MessageProperties): BrokerDeath {
  const deaths: unknown = headers?.['x-death'];
  // The newest comes first; the oldest tells where the message came from.
  const first: unknown = Array.isArray(deaths) ? deaths.at(-1) : undefined;
  const death = (first ?? {}) as {
    readonly reason?: unknown;
    readonly exchange?: unknown;
    readonly 'routing-keys'?: readonly unknown[];
    readonly time?: { readonly value?: unknown };
  };
  const reason = text(death.reason);
  const seconds = death.time?.value;
  return {
    code: reason === null ? 'unknown' : `broker_${reason}`,
    reason: reason === null ? 'nothing tells why' : `the broker set it aside: ${reason}`,
    exchange: text(death.exchange),
    routingKey: text(death['routing-keys']?.[0]),
    at: typeof seconds === 'number' ? new Date(seconds * 1000).toISOString() : null,
  };
}

const text = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

const present = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  ) as Partial<T>;
