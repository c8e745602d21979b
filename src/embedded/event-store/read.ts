import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { allCursor, type Cursor, streamCursor } from './cursor.ts';
import { Doorbell } from './doorbell.ts';
import { InvalidArgument } from './errors.ts';
import { eventFilter } from './event-filter.ts';
import {
  caughtUpResponse,
  checkpointResponse,
  confirmationResponse,
  eventResponses,
  fellBehindResponse,
  streamNotFoundResponse,
} from './read-responses.ts';
import { streamOf } from './requests.ts';
import type { Call } from './rpc/call.ts';
import type { Store } from './store.ts';

const BACKWARDS = 1;
/** EventStoreDB's search window when the client names none. */
const DEFAULT_WINDOW = 32;
/** A live subscription with more than this before it has fallen behind. */
const BEHIND_EVENTS = 1000;

/** `Streams/Read`: reads and catch-up subscriptions of a stream or of `$all`. */
export async function read(store: Store, call: Call): Promise<void> {
  let options: ReadReq.Options | undefined;
  await call.receive((request) => {
    options = streamsPb.ReadReq.deserializeBinary(request).getOptions();
  });
  if (!options) throw new InvalidArgument('The request carries no options.');
  const stream = options.getStream();
  const subscription = options.hasSubscription();
  if (stream && !subscription && isMissing(store, streamOf(stream.getStreamIdentifier()))) {
    call.send(streamNotFoundResponse(streamOf(stream.getStreamIdentifier())));
    return;
  }
  const cursor = stream ? cursorOfStream(store, options) : cursorOfAll(store, options);
  if (subscription) await subscribe(store, call, cursor);
  else await readToEnd(store, call, cursor, Number(options.getCount()));
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

async function readToEnd(store: Store, call: Call, cursor: Cursor, count: number): Promise<void> {
  const bell = new Doorbell();
  call.onChange(bell.ring);
  for (let left = count; left > 0 && call.isOpen; ) {
    const slice = await cursor.next(left);
    if (slice.ordinals.length === 0) return;
    left -= slice.ordinals.length;
    call.send(eventResponses(store.index, slice));
    while (call.isOpen && call.isFull) await bell.wait();
  }
}

async function subscribe(store: Store, call: Call, cursor: Cursor): Promise<void> {
  const bell = new Doorbell();
  call.onChange(bell.ring);
  const stop = store.onPublished(bell.ring);
  try {
    call.send(confirmationResponse());
    for (let live = false; call.isOpen; ) {
      if (live && cursor.remaining() > BEHIND_EVENTS) {
        live = false;
        call.send(fellBehindResponse());
      }
      const next = cursor.next(Number.MAX_SAFE_INTEGER);
      const slice = next instanceof Promise ? await next : next;
      if (slice.ordinals.length > 0) call.send(eventResponses(store.index, slice));
      if (slice.checkpoint !== null) call.send(checkpointResponse(slice.checkpoint));
      while (call.isOpen && call.isFull) await bell.wait();
      if (cursor.remaining() > 0) continue;
      if (!live) call.send(caughtUpResponse());
      live = true;
      await bell.wait();
    }
  } finally {
    stop();
  }
}
