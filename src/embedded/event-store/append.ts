import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import type { AppendReq, AppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerReadableStream } from '@grpc/grpc-js';
import {
  ANY,
  InvalidArgument,
  MAX_APPEND_SIZE,
  MaxAppendSizeExceeded,
  NO_STREAM,
  STREAM_EXISTS,
  WrongExpectedVersion,
} from './errors.ts';
import type { ProposedEvent } from './record.ts';
import { expectedOf, proposedEvent, streamOf } from './requests.ts';
import type { Appended, Store } from './store.ts';

/**
 * `Streams/Append`: one append per call, used by clients that send credentials with it. A wrong
 * expected revision is a field of the answer; other refusals are the status of the call.
 */
export async function append(
  store: Store,
  call: ServerReadableStream<AppendReq, AppendResp>,
): Promise<AppendResp> {
  let options: AppendReq.Options | undefined;
  const events: ProposedEvent[] = [];
  let bytes = 0;
  for await (const request of call as AsyncIterable<AppendReq>) {
    options ??= request.getOptions();
    const message = request.getProposedMessage();
    if (!message) continue;
    const event = proposedEvent(message);
    bytes += event.data.length + event.metadata.length;
    if (bytes > MAX_APPEND_SIZE) throw new MaxAppendSizeExceeded();
    events.push(event);
  }
  if (!options) throw new InvalidArgument('The first message of an append carries its options.');
  const expected = expectedOf(options, options.getRevision());
  const response = new streamsPb.AppendResp();
  try {
    const stream = streamOf(options.getStreamIdentifier());
    response.setSuccess(success(await store.append(stream, expected, events)));
  } catch (error) {
    if (!(error instanceof WrongExpectedVersion)) throw error;
    response.setWrongExpectedVersion(wrongVersion(error));
  }
  return response;
}

function success({ revision, position }: Appended): AppendResp.Success {
  const result = new streamsPb.AppendResp.Success();
  if (revision < 0) result.setNoStream(new sharedPb.Empty());
  else result.setCurrentRevision(String(revision));
  if (position === null) {
    result.setNoPosition(new sharedPb.Empty());
  } else {
    const place = new streamsPb.AppendResp.Position();
    place.setCommitPosition(String(position));
    place.setPreparePosition(String(position));
    result.setPosition(place);
  }
  return result;
}

function wrongVersion({ expected, actual }: WrongExpectedVersion): AppendResp.WrongExpectedVersion {
  const result = new streamsPb.AppendResp.WrongExpectedVersion();
  if (actual === NO_STREAM) result.setCurrentNoStream(new sharedPb.Empty());
  else result.setCurrentRevision(String(actual));
  if (expected === ANY) result.setExpectedAny(new sharedPb.Empty());
  else if (expected === NO_STREAM) result.setExpectedNoStream(new sharedPb.Empty());
  else if (expected === STREAM_EXISTS) result.setExpectedStreamExists(new sharedPb.Empty());
  else result.setExpectedRevision(String(expected));
  return result;
}
