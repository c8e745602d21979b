import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { allCursor, type Cursor, type Slice, streamCursor } from './cursor.ts';
import { Doorbell } from './doorbell.ts';
import { InvalidArgument } from './errors.ts';
import { eventFilter } from './event-filter.ts';
import {
  caughtUpResponse,
  checkpointResponse,
  confirmationResponse,
  type EncodedRead,
  eventResponse,
  fellBehindResponse,
  streamNotFoundResponse,
} from './read-responses.ts';
import { streamOf } from './requests.ts';
import type { Store } from './store.ts';

/** A call whose answers are encoded already. */
export type ReadCall = ServerWritableStream<ReadReq, EncodedRead>;

const BACKWARDS = 1;
/** EventStoreDB's search window when the client names none. */
const DEFAULT_WINDOW = 32;
/** A live subscription with more than this before it has fallen behind. */
const BEHIND_EVENTS = 1000;

/** `Streams/Read`: reads and catch-up subscriptions of a stream or of `$all`. */
export async function read(store: Store, call: ReadCall): Promise<void> {
  const options = call.request.getOptions();
  if (!options) throw new InvalidArgument('The request carries no options.');
  const stream = options.getStream();
  const subscription = options.hasSubscription();
  if (stream && !subscription && isMissing(store, streamOf(stream.getStreamIdentifier()))) {
    call.write(streamNotFoundResponse(streamOf(stream.getStreamIdentifier())));
    call.end();
    return;
  }
  const cursor = stream ? cursorOfStream(store, options) : cursorOfAll(store, options);
  if (subscription) await subscribe(store, call, cursor);
  else await readToEnd(store, call, cursor, Number(options.getCount()));
  call.end();
}

function isMissing(store: Store, name: string): boolean {
  const state = store.index.find(name);
  if (state?.visible.tombstoned) return false;
  return !state || state.ordinals.length === 0 || state.visible.softDeleted;
}

function cursorOfStream(store: Store, options: ReadReq.Options): Cursor {
  const request = options.getStream() as ReadReq.Options.StreamOptions;
  const name = streamOf(request.getStreamIdentifier());
  const backwards = options.getReadDirection() === BACKWARDS;
  const revision = Number(request.getRevision());
  if (backwards) {
    const from = request.hasEnd() ? Number.MAX_SAFE_INTEGER : request.hasStart() ? 0 : revision;
    return streamCursor(store, name, from, -1);
  }
  if (request.hasStart()) return streamCursor(store, name, 0, 1);
  if (request.hasEnd())
    return streamCursor(store, name, store.index.find(name)?.ordinals.length ?? 0, 1);
  // A read begins with the revision it names, a subscription after it.
  return streamCursor(store, name, options.hasSubscription() ? revision + 1 : revision, 1);
}

function cursorOfAll(store: Store, options: ReadReq.Options): Cursor {
  const request = options.getAll() as ReadReq.Options.AllOptions;
  const { index } = store;
  const position = Number(request.getPosition()?.getCommitPosition() ?? 0);
  const { filter, checkpointEvery } = filterOf(store, options);
  if (options.getReadDirection() === BACKWARDS) {
    const before = request.hasEnd()
      ? index.count
      : request.hasStart()
        ? 0
        : index.ordinalFrom(position);
    return allCursor(store, { from: before - 1, direction: -1, filter, checkpointEvery });
  }
  const after = options.hasSubscription() ? position + 1 : position;
  const from = request.hasStart() ? 0 : request.hasEnd() ? index.count : index.ordinalFrom(after);
  return allCursor(store, { from, direction: 1, filter, checkpointEvery });
}

function filterOf(store: Store, options: ReadReq.Options) {
  const request = options.getFilter();
  if (!request) return { filter: null, checkpointEvery: null };
  const expression = request.getEventType() ?? request.getStreamIdentifier();
  const filter = eventFilter(store.index, {
    on: request.hasEventType() ? 'type' : 'stream',
    prefixes: expression?.getPrefixList() ?? [],
    regex: expression?.getRegex() ?? '',
  });
  const window = request.hasMax() ? request.getMax() : DEFAULT_WINDOW;
  const checkpointEvery = Math.max(1, window * request.getCheckpointintervalmultiplier());
  return { filter, checkpointEvery: options.hasSubscription() ? checkpointEvery : null };
}

async function readToEnd(
  store: Store,
  call: ReadCall,
  cursor: Cursor,
  count: number,
): Promise<void> {
  const bell = bellOf(call);
  for (let left = count; left > 0; ) {
    const slice = await cursor.next(left);
    if (slice.ordinals.length === 0) return;
    left -= slice.ordinals.length;
    if (!(await send(store, call, bell, slice))) return;
  }
}

async function subscribe(store: Store, call: ReadCall, cursor: Cursor): Promise<void> {
  const bell = bellOf(call);
  const stop = store.onPublished(bell.ring);
  try {
    call.write(confirmationResponse());
    for (let live = false; isOpen(call); ) {
      if (live && cursor.remaining() > BEHIND_EVENTS) {
        live = false;
        call.write(fellBehindResponse());
      }
      const slice = await cursor.next(Number.MAX_SAFE_INTEGER);
      if (!(await send(store, call, bell, slice))) return;
      if (slice.checkpoint !== null) call.write(checkpointResponse(slice.checkpoint));
      if (cursor.remaining() > 0) continue;
      if (!live) call.write(caughtUpResponse());
      live = true;
      await bell.wait();
    }
  } finally {
    stop();
  }
}

/** A bell that rings when the call can take more, and when it is over. */
function bellOf(call: ReadCall): Doorbell {
  const bell = new Doorbell();
  for (const event of ['drain', 'cancelled', 'close', 'finish']) call.on(event, bell.ring);
  return bell;
}

function isOpen(call: ReadCall): boolean {
  return !call.cancelled && !call.writableEnded && !call.destroyed;
}

/** Sends events as fast as the reader takes them; false when the call ended meanwhile. */
async function send(store: Store, call: ReadCall, bell: Doorbell, slice: Slice): Promise<boolean> {
  for (const [i, message] of slice.messages.entries()) {
    while (isOpen(call) && call.writableNeedDrain) await bell.wait();
    if (!isOpen(call)) return false;
    call.write(eventResponse(message, store.index.position(slice.ordinals[i] as number)));
  }
  return isOpen(call);
}
