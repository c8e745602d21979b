import {
  ANY,
  InvalidArgument,
  MAX_APPEND_SIZE,
  MaxAppendSizeExceeded,
  NO_STREAM,
  STREAM_EXISTS,
  StreamDeleted,
  WrongExpectedVersion,
} from './errors.ts';
import type { ProposedEvent } from './proposed-event.ts';
import type { RecentIds } from './recent-ids.ts';
import { isUuid } from './record.ts';
import type { StreamState } from './stream-index.ts';

/** @throws InvalidArgument, MaxAppendSizeExceeded */
export function checkEvents(stream: string, events: readonly ProposedEvent[]): void {
  if (stream === '') throw new InvalidArgument('The stream name is empty.');
  let size = 0;
  for (const { id, type, data, metadata } of events) {
    if (!isUuid(id)) throw new InvalidArgument(`Event id '${id}' is not a UUID.`);
    if (type === '') throw new InvalidArgument('The event type is empty.');
    size += data.length + metadata.length + type.length * 2;
  }
  if (size > MAX_APPEND_SIZE) throw new MaxAppendSizeExceeded();
}

/** @throws StreamDeleted */
export function refuseTombstoned(state: StreamState): void {
  if (state.written.tombstoned) throw new StreamDeleted(state.name);
}

/**
 * A deleted stream may be written as if it did not exist, and at its last revision.
 * @throws WrongExpectedVersion
 */
export function expectRevision(state: StreamState, expected: number): void {
  const actual = state.nextRevision - 1;
  const gone = actual === NO_STREAM || state.written.softDeleted;
  const holds =
    expected === ANY ||
    (expected === NO_STREAM && gone) ||
    (expected === STREAM_EXISTS && !gone) ||
    (expected >= 0 && expected === actual);
  if (!holds) throw new WrongExpectedVersion(state.name, expected, actual);
}

/**
 * Revision from which on these very events may stand in the stream already, or null when they are
 * to be written. Without an exact expected revision only recent ids can tell.
 */
export function earlierRevision(
  recent: RecentIds,
  state: StreamState,
  expected: number,
  events: readonly ProposedEvent[],
): number | null {
  const first = events[0];
  if (!first) return null;
  if (expected === ANY || expected === STREAM_EXISTS)
    return recent.revisionOf(first.id, state.name);
  const revived = expected === NO_STREAM && state.written.softDeleted;
  return expected < state.nextRevision - 1 && !revived ? expected + 1 : null;
}
