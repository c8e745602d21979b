import type { ResolvedEvent } from '@eventstore/db-client';
import type { EsdbConnection, Session } from './esdb-connection.ts';
import { isAway } from './esdb-errors.ts';
import { metadataOf } from './esdb-message.ts';
import { SubscriptionStream } from './esdb-subscription.ts';
import {
  type JsonObject,
  type RecordedEvent,
  StoreUnavailableError,
  type SubscribeOptions,
  type SubscriptionMessage,
} from './event-store.ts';

/** What we use of the client's streams, whose types refuse to be Node's `Readable`. */
interface ClientStream {
  readonly readableEnded: boolean;
  iterator(options: { destroyOnReturn: boolean }): AsyncIterable<unknown>;
  resume(): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  destroy(error?: Error): unknown;
}

/** A read or a subscription of the client, and how its call is cancelled. */
interface Source {
  readonly stream: ClientStream;
  readonly cancel: () => Promise<void>;
  /** The caller's own wish to end, which says nothing of the connection. */
  readonly stopped?: AbortSignal;
}

/**
 * Reads events; away errors become StoreUnavailableError, others are thrown as they are. So does a
 * store that brings nothing for `answerMs`: the client itself would wait for its keepalive, or for
 * ever when only this call has been forgotten.
 */
export async function* readEvents(
  connection: EsdbConnection,
  open: (session: Session) => ClientStream & { cancel(): Promise<void> },
  answerMs: number,
): AsyncGenerator<RecordedEvent> {
  const session = await connection.session();
  const stream = open(session);
  const source = { stream, cancel: () => stream.cancel() };
  const silent = () =>
    stream.destroy(
      new StoreUnavailableError(`No answer from the event store within ${answerMs} ms`),
    );
  // Restarted with each event, and not running while the reader is busy with one.
  let limit = setTimeout(silent, answerMs);
  try {
    for await (const item of items(connection, session, source)) {
      clearTimeout(limit);
      const { event } = item as ResolvedEvent;
      if (event) yield recorded(event);
      limit = setTimeout(silent, answerMs);
    }
  } finally {
    clearTimeout(limit);
  }
}

/**
 * A filtered subscription to `$all`, with its checkpoints in their place among the events: whatever
 * came together, in its order.
 */
export async function* subscribeToAll(
  connection: EsdbConnection,
  { after, typePrefixes, signal }: SubscribeOptions,
): AsyncGenerator<readonly SubscriptionMessage[]> {
  if (typePrefixes.length === 0) throw new RangeError('A subscription needs a type prefix.');
  const session = await connection.session();
  if (signal.aborted) return;
  const stream = new SubscriptionStream(session.client, after, typePrefixes);
  const abort = () => stream.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const source = { stream, cancel: async () => void stream.destroy(), stopped: signal };
    for await (const messages of items(connection, session, source)) {
      if (signal.aborted) return;
      yield messages as readonly SubscriptionMessage[];
      if (signal.aborted) return;
    }
    if (!signal.aborted) throw new StoreUnavailableError('The event store ended the subscription.');
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Iterates over what the client delivers and leaves no call behind, however the iteration ends. */
async function* items(
  connection: EsdbConnection,
  session: Session,
  { stream, cancel, stopped }: Source,
): AsyncGenerator<unknown> {
  const lost = () =>
    stream.destroy(new StoreUnavailableError('The connection to the event store was lost.'));
  // The client may report an error after the iteration has ended; unheard, it would be thrown.
  stream.on('error', () => undefined);
  session.over.addEventListener('abort', lost, { once: true });
  if (session.over.aborted) lost();
  try {
    for await (const item of stream.iterator({ destroyOnReturn: false })) yield item;
  } catch (error) {
    if (stopped?.aborted) return;
    if (error instanceof StoreUnavailableError || !isAway(error)) throw error;
    connection.report(session, error);
    throw new StoreUnavailableError(`The event store is away: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    session.over.removeEventListener('abort', lost);
    if (!stream.readableEnded) {
      // The client forgets a call when its stream has ended, and one that the server has answered
      // in full ends only when it is read: nobody else would, and the call would be kept for ever.
      stream.resume();
      void cancel().catch(() => undefined);
    }
  }
}

function recorded(event: NonNullable<ResolvedEvent['event']>): RecordedEvent {
  return {
    id: event.id,
    type: event.type,
    streamId: event.streamId,
    revision: Number(event.revision),
    position: event.position?.commit ?? 0n,
    data: event.data as JsonObject,
    metadata: metadataOf(event.metadata, event.id, () => event.created),
  };
}
