import type { ChannelModel, ConfirmChannel, GetMessage } from 'amqplib';
import type { Session } from './channel-session.ts';
import { publishConfirmed } from './confirm.ts';
import { type DeadLetter, readDeadLetter, replayProperties } from './dead-letter-record.ts';
import type { QueueSpec } from './topology.ts';

/** A connection as `amqpConnector` opens it. */
export type Broker = ChannelModel;

/** What to do with which dead letters of a queue. */
export interface DeadLetterWork {
  readonly queue: QueueSpec;
  readonly wanted: (letter: DeadLetter) => boolean;
  /** Ends the work between two messages. */
  readonly signal: AbortSignal;
  /** Hears of each message that was looked at, and of how many there were at the start. */
  readonly onProgress?: (looked: number, of: number) => void;
}

export interface DeadLetterSummary {
  readonly queue: string;
  readonly dead_letter_queue: string;
  readonly messages: number;
  /** Of these, how many were looked at for what follows. */
  readonly looked_at: number;
  readonly oldest: string | null;
  /** How many of those looked at have each code. */
  readonly codes: { readonly [code: string]: number };
}

export interface DeadLetterBody {
  readonly letter: DeadLetter;
  readonly body: Buffer;
}

const confirmTimeoutMs = 10_000;

/**
 * Counts the dead letters of a queue and the reasons of the first `limit`; they stay dead letters,
 * but a broker may put the ones looked at behind the others. Null when the queue was never declared.
 */
export async function summarise(
  broker: Broker,
  { queue, signal, limit }: Pick<DeadLetterWork, 'queue' | 'signal'> & { readonly limit: number },
): Promise<DeadLetterSummary | null> {
  const codes: Record<string, number> = {};
  let [oldest, looked]: [string | null, number] = [null, 0];
  const messages = await onDesk(broker, queue, async ({ channel, count }) => {
    for await (const { letter } of taken(channel, queue, Math.min(limit, count), signal)) {
      looked += 1;
      codes[letter.code] = (codes[letter.code] ?? 0) + 1;
      const { first_death_at: at } = letter;
      if (at !== null && (oldest === null || at < oldest)) oldest = at;
    }
    return count;
  });
  if (messages === null) return null;
  const { name, deadLetterQueue } = queue;
  return {
    queue: name,
    dead_letter_queue: deadLetterQueue,
    messages,
    looked_at: looked,
    oldest,
    codes,
  };
}

/** The first `limit` wanted dead letters with their bodies; they stay where they are. */
export async function inspect(
  broker: Broker,
  { queue, wanted, signal, limit }: DeadLetterWork & { readonly limit: number },
): Promise<readonly DeadLetterBody[]> {
  const found: DeadLetterBody[] = [];
  await onDesk(broker, queue, async ({ channel, count }) => {
    for await (const { letter, message } of taken(channel, queue, count, signal)) {
      // To the end, whatever the limit: what is taken and put back keeps its order then.
      if (found.length < limit && wanted(letter)) found.push({ letter, body: message.content });
    }
  });
  return found;
}

/**
 * Sends the wanted dead letters back to their queue, through the default exchange, in order, and
 * answers how many. Each is taken out of the dead-letter queue once the broker has it safely in the
 * other: cut off between the two it is in both, and its command id keeps it from being carried out
 * twice. What dies again meanwhile is not sent again. Throws when the queue does not exist, the
 * broker does not confirm, or is gone; what was sent by then stays sent.
 */
export async function replay(broker: Broker, work: DeadLetterWork): Promise<number> {
  return settle(broker, work, ({ session }, { letter, message }) =>
    publishConfirmed(
      session,
      { exchange: '', routingKey: work.queue.name },
      message.content,
      replayProperties(letter, message.properties),
      confirmTimeoutMs,
    ),
  );
}

/** Removes the wanted dead letters for good and answers how many. */
export const drop = (broker: Broker, work: DeadLetterWork): Promise<number> =>
  settle(broker, work, async () => undefined);

interface Desk {
  readonly channel: ConfirmChannel;
  readonly session: Pick<Session, 'channel' | 'lost'>;
  /** Dead letters that waited when the desk was opened. */
  readonly count: number;
}

interface Taken {
  readonly letter: DeadLetter;
  readonly message: GetMessage;
}

async function settle(
  broker: Broker,
  { queue, wanted, signal, onProgress }: DeadLetterWork,
  settleOne: (desk: Desk, taken: Taken) => Promise<void>,
): Promise<number> {
  let settled = 0;
  await onDesk(broker, queue, async (desk) => {
    let looked = 0;
    for await (const one of taken(desk.channel, queue, desk.count, signal)) {
      if (wanted(one.letter)) {
        await settleOne(desk, one);
        desk.channel.ack(one.message);
        settled += 1;
      }
      looked += 1;
      onProgress?.(looked, desk.count);
    }
  });
  return settled;
}

/** Each message once: what is not acknowledged is kept from being handed out again until the channel closes. */
async function* taken(
  channel: ConfirmChannel,
  queue: QueueSpec,
  count: number,
  signal: AbortSignal,
): AsyncGenerator<Taken> {
  for (let looked = 0; looked < count; looked += 1) {
    signal.throwIfAborted();
    const message = await channel.get(queue.deadLetterQueue, { noAck: false });
    if (message === false) return;
    yield { letter: readDeadLetter(message, queue.name), message };
  }
}

/**
 * Runs `work` on a channel of its own. Closing it puts back what was taken and not acknowledged; so does a connection that is lost. Null when there is no such dead-letter queue.
 */
async function onDesk<T>(
  broker: Broker,
  { deadLetterQueue }: QueueSpec,
  work: (desk: Desk) => Promise<T>,
): Promise<T | null> {
  const channel = await broker.createConfirmChannel();
  const lost = new AbortController();
  channel.on('error', (error: Error) => lost.abort(error));
  channel.on('close', () => lost.abort(new Error('The channel is closed')));
  try {
    const { messageCount: count } = await channel.checkQueue(deadLetterQueue);
    const result = await work({ channel, session: { channel, lost: lost.signal }, count });
    // The broker answers the close after everything before it: acknowledgements that did not get
    // through show as an error here.
    await channel.close();
    return result;
  } catch (error) {
    if ((error as { code?: unknown }).code === notFound) return null;
    await channel.close().catch(() => undefined);
    throw error;
  }
}

const notFound = 404;
