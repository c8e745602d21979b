import type { OutgoingHttpHeaders } from 'node:http2';

/** gRPC's status codes, as far as this server gives them. */
export const statusCode = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;

export type StatusCode = (typeof statusCode)[keyof typeof statusCode];

/** How a call ends. */
export interface CallStatus {
  readonly code: StatusCode;
  readonly message: string;
  /** Further fields; values are printable ASCII. */
  readonly trailers: Readonly<Record<string, string>>;
}

export const okStatus: CallStatus = { code: statusCode.OK, message: '', trailers: {} };

/** A failure that the protocol itself knows. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: StatusCode;
  constructor(code: StatusCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** A status as HTTP/2 trailers. */
export function trailersOf({ code, message, trailers }: CallStatus): OutgoingHttpHeaders {
  if (message === '') return { 'grpc-status': code, ...trailers };
  // A lone surrogate has no encoding.
  const encoded = encodeURI(message.toWellFormed());
  return { 'grpc-status': code, 'grpc-message': encoded, ...trailers };
}
