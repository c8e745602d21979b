import type { ChannelModel, ConfirmChannel } from 'amqplib';
import type { Logger } from 'pino';
import { Backoff, pause, type RetryDelays } from '../backoff.ts';
import { LateError, within } from '../within.ts';
import type { BloodbankConnection } from './connection.ts';

/** A confirm channel with the signal that tells of its end. */
export interface Session {
  readonly channel: ConfirmChannel;
  readonly model: ChannelModel;
  /** Aborts when the channel is gone, however that came about. */
  readonly lost: AbortSignal;
  /** Ends the session from inside: what is unacknowledged or unconfirmed comes again. */
  fail(reason: Error): void;
  /** Says that the session works, so that the next failure is waited out from the start. */
  prosper(): void;
}

export interface SessionOptions {
  readonly connection: BloodbankConnection;
  readonly log: Logger;
  /** Waits between sessions that fail. */
  readonly backoff?: RetryDelays;
  /** How long a broker may take to open a channel before its connection is given up. */
  readonly openTimeoutMs?: number;
}

export const defaultBackoff: RetryDelays = { firstMs: 100, maxMs: 5000 };

/**
 * Runs `work` on a channel of its own, and again on a new one after each failure, until `signal`
 * aborts; then `work` has to come to its end by itself, and the channel is closed after it.
 * Throws what `isFatal` says, and when the connection was closed under it.
 */
export async function runSessions(
  options: SessionOptions,
  work: (session: Session) => Promise<void>,
  signal: AbortSignal,
  isFatal: (error: unknown) => boolean = () => false,
): Promise<void> {
  const backoff = new Backoff(options.backoff ?? defaultBackoff);
  while (!signal.aborted) {
    let session: Session | undefined;
    try {
      session = await openSession(options, await options.connection.model(signal), () =>
        backoff.reset(),
      );
      await work(session);
    } catch (error) {
      if (isFatal(error) || (options.connection.isClosed && !signal.aborted)) throw error;
      if (!signal.aborted) options.log.warn({ err: error }, 'Bloodbank: starting over');
    } finally {
      await closeQuietly(session);
    }
    await backoff.wait(signal);
  }
}

async function openSession(
  options: SessionOptions,
  model: ChannelModel,
  prosper: () => void,
): Promise<Session> {
  const channel = await openChannel(options, model);
  // Each message that waits for its confirm listens: as many as are in hand, not a leak.
  channel.setMaxListeners(0);
  const end = new AbortController();
  const fail = (reason: Error): void => end.abort(reason);
  channel.on('error', fail);
  channel.on('close', () => fail(new Error('The channel is closed')));
  return { channel, model, lost: end.signal, fail, prosper };
}

/** A connection that is half open answers nothing, and its heartbeats tell so much later. */
async function openChannel(
  { connection, openTimeoutMs = 5_000 }: SessionOptions,
  model: ChannelModel,
): Promise<ConfirmChannel> {
  const opening = model.createConfirmChannel();
  for (;;) {
    try {
      return await within(openTimeoutMs, opening);
    } catch (error) {
      if (!(error instanceof LateError)) throw error;
      // A broker under a memory or disk alarm reads nothing, and answers later.
      if (connection.status.blocked !== null) continue;
      connection.reset(model, `no channel within ${openTimeoutMs} ms`);
      throw error;
    }
  }
}

const closeTimeoutMs = 3000;

/** A channel that is gone already, goes meanwhile, or does not answer is no news. */
async function closeQuietly(session: Session | undefined): Promise<void> {
  if (session === undefined) return;
  const { channel } = session;
  const closed = new AbortController();
  channel.once('close', () => closed.abort());
  const close = async (): Promise<void> => channel.close();
  await Promise.race([close().catch(() => undefined), pause(closeTimeoutMs, closed.signal)]);
  closed.abort();
}
