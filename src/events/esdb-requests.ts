import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';

type Direction = 'forwards' | 'backwards';

/** `$all` events between two checkpoints of a filtered subscription; see `SubscriptionMessage`. */
const checkpointEvents = 256;

const { Options } = streamsPb.ReadReq;
const empty = (): sharedPb.Empty => new sharedPb.Empty();

/** Reads a stream from a revision, that one first; `null` is its beginning, or end when backwards. */
export function readOfStream(
  streamId: string,
  direction: Direction,
  from: number | null,
  limit: number = Number.MAX_SAFE_INTEGER,
): ReadReq {
  const identifier = new sharedPb.StreamIdentifier();
  identifier.setStreamName(Buffer.from(streamId));
  const stream = new Options.StreamOptions();
  stream.setStreamIdentifier(identifier);
  if (from !== null) stream.setRevision(String(from));
  else if (direction === 'forwards') stream.setStart(empty());
  else stream.setEnd(empty());
  const options = new Options();
  options.setStream(stream);
  return read(options, direction, limit);
}

/** Reads `$all` from a position; forwards the event there comes first, backwards the one before it. */
export function readOfAll(direction: Direction, from: bigint | null, limit: number): ReadReq {
  return read(allFrom(direction, from), direction, limit);
}

/** Subscribes to the events of `$all`, after a position, whose types begin in one of these ways. */
export function subscriptionToAll(after: bigint | null, typePrefixes: readonly string[]): ReadReq {
  const types = new Options.FilterOptions.Expression();
  types.setPrefixList([...typePrefixes]);
  const filter = new Options.FilterOptions();
  filter.setEventType(types);
  filter.setMax(checkpointEvents);
  filter.setCheckpointintervalmultiplier(1);
  const options = allFrom('forwards', after);
  options.setSubscription(new Options.SubscriptionOptions());
  options.setFilter(filter);
  return requestOf(options);
}

function allFrom(direction: Direction, from: bigint | null): ReadReq.Options {
  const all = new Options.AllOptions();
  if (from !== null) {
    const position = new Options.Position();
    position.setCommitPosition(String(from));
    position.setPreparePosition(String(from));
    all.setPosition(position);
  } else if (direction === 'forwards') all.setStart(empty());
  else all.setEnd(empty());
  const options = new Options();
  options.setAll(all);
  return options;
}

function read(options: ReadReq.Options, direction: Direction, limit: number): ReadReq {
  options.setReadDirection(direction === 'forwards' ? 0 : 1);
  options.setCount(String(limit));
  options.setNoFilter(empty());
  return requestOf(options);
}

function requestOf(options: ReadReq.Options): ReadReq {
  const ids = new Options.UUIDOption();
  ids.setString(empty());
  options.setUuidOption(ids);
  options.setResolveLinks(false);
  const request = new streamsPb.ReadReq();
  request.setOptions(options);
  return request;
}
