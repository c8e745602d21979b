/** gRPC: UNAVAILABLE, CANCELLED, DEADLINE_EXCEEDED, ABORTED (the server's own write timeout). */
const AWAY_CODES: ReadonlySet<unknown> = new Set([
  14,
  1,
  4,
  10,
  // Node's codes for a stream that died under the call.
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_WRITE_AFTER_END',
  'ERR_HTTP2_INVALID_SESSION',
]);

/** The client's own names, for the errors it makes without a code. */
const AWAY_TYPES: ReadonlySet<unknown> = new Set([
  'unavailable',
  'cancelled',
  'deadline-exceeded',
  'timeout',
  'not-leader',
]);

/** Errors that neither the client nor grpc-js gives a code. */
const AWAY_MESSAGES = /RST_STREAM|Channel has been shut down|Failed to discover/;

interface Fields {
  readonly code?: unknown;
  readonly type?: unknown;
}

/**
 * Is the store away, or is it unknown whether an append was written? Judged by `code` and `type`:
 * not all of the client's errors are a `CommandError`.
 */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, type } = error as Fields;
  return AWAY_CODES.has(code) || AWAY_TYPES.has(type) || AWAY_MESSAGES.test(error.message);
}

/** The server ended a call that was to stay open. */
export class CallEndedError extends Error {
  /** gRPC's UNAVAILABLE: what it was to answer is unknown. */
  readonly code = 14;
  constructor() {
    super('The event store ended the call.');
  }
}

/** Has the client given up its connection? Then everything else that runs on it is lost too. */
export function isConnectionLost(error: unknown): boolean {
  if (!isAway(error)) return false;
  const { code, type } = error as Fields;
  return code !== 4 && code !== 10 && type !== 'deadline-exceeded' && type !== 'timeout';
}

export function hasType(error: unknown, type: string): boolean {
  return error instanceof Error && (error as Fields).type === type;
}
