import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { EsdbConnection, Session } from './esdb-connection.ts';
import { isAway } from './esdb-errors.ts';
import { ReadCall } from './esdb-read-call.ts';
import { subscriptionToAll } from './esdb-requests.ts';
import {
  type RecordedEvent,
  StoreUnavailableError,
  type SubscribeOptions,
  type SubscriptionMessage,
} from './event-store.ts';

/**
 * Reads events; away errors become StoreUnavailableError, others are thrown as they are. So does a
 * store that brings nothing for `answerMs`: the client itself would wait for its keepalive, or for
 * ever when only this call has been forgotten.
 */
export async function* readEvents(
  connection: EsdbConnection,
  request: ReadReq,
  answerMs: number,
): AsyncGenerator<RecordedEvent> {
  const session = await connection.session();
  const stream = new ReadCall(session, request);
  const silent = () =>
    stream.destroy(
      new StoreUnavailableError(`No answer from the event store within ${answerMs} ms`),
    );
  // Restarted with what comes, and not running while the reader is busy with one.
  let limit = setTimeout(silent, answerMs);
  try {
    for await (const messages of together(connection, session, stream)) {
      clearTimeout(limit);
      for (const message of messages) if (message.kind === 'event') yield message.event;
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
  const stream = new ReadCall(session, subscriptionToAll(after, typePrefixes));
  const abort = () => stream.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    for await (const messages of together(connection, session, stream, signal)) {
      if (signal.aborted) return;
      yield messages;
      if (signal.aborted) return;
    }
    if (!signal.aborted) throw new StoreUnavailableError('The event store ended the subscription.');
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * Iterates over what the client delivers and leaves no call behind, however the iteration ends.
 * @param stopped the caller's own wish to end, which says nothing of the connection
 */
async function* together(
  connection: EsdbConnection,
  session: Session,
  stream: ReadCall,
  stopped?: AbortSignal,
): AsyncGenerator<readonly SubscriptionMessage[]> {
  const lost = () =>
    stream.destroy(new StoreUnavailableError('The connection to the event store was lost.'));
  // The client may report an error after the iteration has ended; unheard, it would be thrown.
  stream.on('error', () => undefined);
  session.over.addEventListener('abort', lost, { once: true });
  if (session.over.aborted) lost();
  try {
    yield* stream.iterator({ destroyOnReturn: false });
  } catch (error) {
    if (stopped?.aborted) return;
    if (error instanceof StoreUnavailableError || !isAway(error)) throw error;
    connection.report(session, error);
    throw new StoreUnavailableError(`The event store is away: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    session.over.removeEventListener('abort', lost);
    stream.destroy();
  }
}
