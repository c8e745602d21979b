import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import type { AppendReq, AppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import {
  ANY,
  InvalidArgument,
  MAX_APPEND_SIZE,
  MaxAppendSizeExceeded,
  NO_STREAM,
  STREAM_EXISTS,
  WrongExpectedVersion,
} from './errors.ts';
import type { ProposedEvent } from './proposed-event.ts';
import { expectedOf, proposedEvent, streamOf } from './requests.ts';
import type { Call } from './rpc/call.ts';
import { framed } from './rpc/message-decoder.ts';
import type { Appended, Store } from './store.ts';

/**
 * `Streams/Append`: one append per call, used by clients that send credentials with it. A wrong
 * expected revision is a field of the answer; other refusals are the status of the call.
 */
export async function append(store: Store, call: Call): Promise<void> {
  let options: AppendReq.Options | undefined;
  const events: ProposedEvent[] = [];
  let bytes = 0;
  await call.receive((bytesOfRequest) => {
    const request = streamsPb.AppendReq.deserializeBinary(bytesOfRequest);
    options ??= request.getOptions();
    const message = request.getProposedMessage();
    if (!message) return;
    const event = proposedEvent(message);
    bytes += event.data.length + event.metadata.length;
    if (bytes > MAX_APPEND_SIZE) throw new MaxAppendSizeExceeded();
    events.push(event);
  });
  call.send(framed((await answerTo(store, options, events)).serializeBinary()));
}

async function answerTo(
  store: Store,
  options: AppendReq.Options | undefined,
  events: readonly ProposedEvent[],
): Promise<AppendResp> {
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
