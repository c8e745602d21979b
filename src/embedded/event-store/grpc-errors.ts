import type codePb from '@eventstore/db-client/generated/code_pb.js';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import type { Status } from '@eventstore/db-client/generated/status_pb.js';
import statusPb from '@eventstore/db-client/generated/status_pb.js';
import anyPb from 'google-protobuf/google/protobuf/any_pb.js';
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js';
import {
  ANY,
  DeadlinePassed,
  InvalidArgument,
  MAX_APPEND_SIZE,
  MaxAppendSizeExceeded,
  NO_STREAM,
  STREAM_EXISTS,
  StreamDeleted,
  Unavailable,
  WrongExpectedVersion,
} from './errors.ts';
import { type CallStatus, RpcError, type StatusCode, statusCode } from './rpc/status.ts';

interface Mapping {
  readonly code: StatusCode;
  /** What the client looks at first: the `exception` trailer and its companions. */
  readonly trailers: Readonly<Record<string, string>>;
}

function mappingOf(error: unknown): Mapping {
  if (error instanceof WrongExpectedVersion)
    return {
      code: statusCode.FAILED_PRECONDITION,
      trailers: {
        exception: 'wrong-expected-version',
        'stream-name': encodeURIComponent(error.stream),
        'expected-version': String(error.expected),
        ...(error.actual === NO_STREAM ? {} : { 'actual-version': String(error.actual) }),
      },
    };
  if (error instanceof StreamDeleted)
    return {
      code: statusCode.FAILED_PRECONDITION,
      trailers: { exception: 'stream-deleted', 'stream-name': encodeURIComponent(error.stream) },
    };
  if (error instanceof MaxAppendSizeExceeded)
    return {
      code: statusCode.INVALID_ARGUMENT,
      trailers: {
        exception: 'maximum-append-size-exceeded',
        'maximum-append-size': String(MAX_APPEND_SIZE),
      },
    };
  if (error instanceof InvalidArgument) return { code: statusCode.INVALID_ARGUMENT, trailers: {} };
  if (error instanceof DeadlinePassed) return { code: statusCode.DEADLINE_EXCEEDED, trailers: {} };
  if (error instanceof Unavailable) return { code: statusCode.UNAVAILABLE, trailers: {} };
  if (error instanceof RpcError) return { code: error.code, trailers: {} };
  return { code: statusCode.UNKNOWN, trailers: {} };
}

/** An error as the status and trailers of a call. */
export function callStatusOf(error: unknown): CallStatus {
  return { ...mappingOf(error), message: messageOf(error) };
}

/** An error as the `google.rpc.Status` that batch appends are answered with. */
export function toStatus(error: unknown): Status {
  const result = new statusPb.Status();
  // The codes of google.rpc and of gRPC are the same numbers.
  result.setCode(mappingOf(error).code as number as codePb.Code);
  result.setMessage(messageOf(error));
  const [type, bytes] = detailsOf(error);
  const details = new anyPb.Any();
  details.pack(bytes, `event_store.client.${type}`);
  result.setDetails(details);
  return result;
}

function detailsOf(error: unknown): [string, Uint8Array] {
  if (error instanceof WrongExpectedVersion)
    return ['WrongExpectedVersion', wrongVersionDetails(error)];
  if (error instanceof StreamDeleted) {
    const details = new sharedPb.StreamDeleted();
    const identifier = new sharedPb.StreamIdentifier();
    identifier.setStreamName(Buffer.from(error.stream));
    details.setStreamIdentifier(identifier);
    return ['StreamDeleted', details.serializeBinary()];
  }
  if (error instanceof MaxAppendSizeExceeded) {
    const details = new sharedPb.MaximumAppendSizeExceeded();
    details.setMaxappendsize(MAX_APPEND_SIZE);
    return ['MaximumAppendSizeExceeded', details.serializeBinary()];
  }
  if (error instanceof InvalidArgument) {
    const details = new sharedPb.BadRequest();
    details.setMessage(error.message);
    return ['BadRequest', details.serializeBinary()];
  }
  if (error instanceof DeadlinePassed) return ['Timeout', new sharedPb.Timeout().serializeBinary()];
  return ['Unknown', new sharedPb.Unknown().serializeBinary()];
}

function wrongVersionDetails(error: WrongExpectedVersion): Uint8Array {
  const details = new sharedPb.WrongExpectedVersion();
  if (error.actual === NO_STREAM) details.setCurrentNoStream(new emptyPb.Empty());
  else details.setCurrentStreamRevision(String(error.actual));
  if (error.expected === ANY) details.setExpectedAny(new emptyPb.Empty());
  else if (error.expected === NO_STREAM) details.setExpectedNoStream(new emptyPb.Empty());
  else if (error.expected === STREAM_EXISTS) details.setExpectedStreamExists(new emptyPb.Empty());
  else details.setExpectedStreamPosition(String(error.expected));
  return details.serializeBinary();
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
