import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import type {
  BatchAppendReq,
  BatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js';
import { Doorbell } from './doorbell.ts';
import {
  DeadlinePassed,
  InvalidArgument,
  MAX_APPEND_SIZE,
  MaxAppendSizeExceeded,
} from './errors.ts';
import { toStatus } from './grpc-errors.ts';
import type { ProposedEvent } from './record.ts';
import { expectedOf, proposedEvent, streamOf } from './requests.ts';
import type { Appended, Store } from './store.ts';

/** An append of which not all chunks have arrived. */
interface OpenBatch {
  readonly options: BatchAppendReq.Options;
  readonly events: ProposedEvent[];
  bytes: number;
}

/**
 * `Streams/BatchAppend`: one long-lived call per client, appends interleaved on it, told apart by
 * their correlation ids. Every append gets exactly one answer: the client throws on a second.
 */
export async function batchAppend(
  store: Store,
  call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>,
): Promise<void> {
  const open = new Map<string, OpenBatch>();
  const running = new Set<Promise<void>>();
  const bell = new Doorbell();
  for (const event of ['drain', 'cancelled', 'close']) call.on(event, bell.ring);
  for await (const chunk of call as AsyncIterable<BatchAppendReq>) {
    const id = chunk.getCorrelationId()?.getString() ?? '';
    const options = chunk.getOptions();
    if (options) open.set(id, { options, events: [], bytes: 0 });
    const batch = open.get(id);
    if (!batch) throw new InvalidArgument(`The first chunk of batch '${id}' carries no options.`);
    collect(batch, chunk);
    if (!chunk.getIsFinal()) continue;
    open.delete(id);
    const answered = answer(store, call, chunk, batch).finally(() => running.delete(answered));
    running.add(answered);
    // A client that does not read its answers gets no more work done.
    while (call.writableNeedDrain && !call.destroyed && !call.cancelled) await bell.wait();
  }
  await Promise.all(running);
  call.end();
}

function collect(batch: OpenBatch, chunk: BatchAppendReq): void {
  for (const message of chunk.getProposedMessagesList()) {
    const event = proposedEvent(message);
    batch.bytes += event.data.length + event.metadata.length;
    // Too large already: it will be refused, so there is no need to hold it.
    if (batch.bytes <= MAX_APPEND_SIZE) batch.events.push(event);
  }
}

async function answer(
  store: Store,
  call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>,
  chunk: BatchAppendReq,
  batch: OpenBatch,
): Promise<void> {
  const { options } = batch;
  const response = new streamsPb.BatchAppendResp();
  response.setCorrelationId(chunk.getCorrelationId());
  response.setStreamIdentifier(options.getStreamIdentifier());
  echoExpected(options, response);
  try {
    const deadline = options.getDeadline();
    if (deadline && deadline.toDate().getTime() < Date.now())
      throw new DeadlinePassed('The deadline of the append has passed.');
    if (batch.bytes > MAX_APPEND_SIZE) throw new MaxAppendSizeExceeded();
    const expected = expectedOf(options, options.getStreamPosition());
    const stream = streamOf(options.getStreamIdentifier());
    response.setSuccess(success(await store.append(stream, expected, batch.events)));
  } catch (error) {
    response.setError(toStatus(error));
  }
  if (!call.writableEnded && !call.destroyed) call.write(response);
}

function echoExpected(options: BatchAppendReq.Options, response: BatchAppendResp): void {
  if (options.hasNoStream()) response.setNoStream(new emptyPb.Empty());
  else if (options.hasStreamExists()) response.setStreamExists(new emptyPb.Empty());
  else if (options.hasAny()) response.setAny(new emptyPb.Empty());
  else response.setStreamPosition(options.getStreamPosition());
}

function success({ revision, position }: Appended): BatchAppendResp.Success {
  const result = new streamsPb.BatchAppendResp.Success();
  if (revision < 0) result.setNoStream(new emptyPb.Empty());
  else result.setCurrentRevision(String(revision));
  if (position === null) {
    result.setNoPosition(new emptyPb.Empty());
  } else {
    const place = new sharedPb.AllStreamPosition();
    place.setCommitPosition(String(position));
    place.setPreparePosition(String(position));
    result.setPosition(place);
  }
  return result;
}
