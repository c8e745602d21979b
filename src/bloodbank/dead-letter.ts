import type { Options } from 'amqplib';
import { type Delivery, deathHeaders } from './delivery.ts';

/** Why a message is set aside. Both are written for operators and hold nothing of the message. */
export interface Death {
  readonly code: string;
  readonly reason: string;
}

/**
 * Message properties of a dead letter. It keeps its body, its identity and its place of origin, so
 * that it can be replayed, and its trace; the sender's other headers are left behind, because they
 * may hold secrets, and so is an expiration, because a dead letter must not vanish.
 */
export function deadLetterProperties(
  delivery: Delivery,
  death: Death & { readonly queue: string; readonly tries: number; readonly at: string },
): Options.Publish {
  return {
    persistent: true,
    contentType: 'application/json',
    ...(delivery.messageId !== undefined && { messageId: delivery.messageId }),
    ...(delivery.correlationId !== undefined && { correlationId: delivery.correlationId }),
    ...(delivery.appId !== undefined && { appId: delivery.appId }),
    headers: {
      ...(delivery.traceparent !== undefined && { traceparent: delivery.traceparent }),
      [deathHeaders.code]: death.code,
      [deathHeaders.reason]: death.reason,
      [deathHeaders.queue]: death.queue,
      [deathHeaders.exchange]: delivery.exchange,
      [deathHeaders.routingKey]: delivery.routingKey,
      [deathHeaders.firstDeathAt]: delivery.firstDeathAt ?? death.at,
      [deathHeaders.tries]: death.tries,
    },
  };
}
