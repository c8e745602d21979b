import type { Options } from 'amqplib';
import { pause } from '../backoff.ts';
import type { Session } from './channel-session.ts';

/**
 * Publishes one message and returns when the broker has it safely.
 * Throws when it refuses it, routes it nowhere, does not confirm within `timeoutMs`, or is gone.
 */
export async function publishConfirmed(
  { channel, lost }: Pick<Session, 'channel' | 'lost'>,
  to: { readonly exchange: string; readonly routingKey: string },
  content: Buffer,
  options: Options.Publish,
  timeoutMs: number,
): Promise<void> {
  let returned = false;
  // The return comes before the confirm, and the confirm alone would count as success.
  const onReturn = (message: { fields: { routingKey: string } }): void => {
    if (message.fields.routingKey === to.routingKey) returned = true;
  };
  channel.on('return', onReturn);
  try {
    const confirmed = new Promise<void>((resolve, reject) => {
      channel.publish(to.exchange, to.routingKey, content, { ...options, mandatory: true }, (e) =>
        e ? reject(e) : resolve(),
      );
    });
    await inTime(confirmed, timeoutMs, lost);
  } finally {
    channel.off('return', onReturn);
  }
  if (returned) throw new Error(`Nothing takes messages for ${to.routingKey}`);
}

/**
 * Waits for what the broker is to confirm: a lost one leaves it pending for ever.
 * Throws when it refuses, when the time is over, and when the channel is lost.
 */
export async function inTime(
  confirmed: Promise<unknown>,
  timeoutMs: number,
  lost: AbortSignal,
): Promise<void> {
  const settled = new AbortController();
  try {
    await Promise.race([
      confirmed,
      pause(timeoutMs, AbortSignal.any([settled.signal, lost])).then(() => {
        throw new Error('The broker did not confirm a message');
      }),
    ]);
  } finally {
    settled.abort();
  }
}
