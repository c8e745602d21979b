import { errorAnswer, successAnswer } from './batch-answer.ts';
import { type BatchChunk, type BatchOptions, batchChunk } from './batch-chunk.ts';
import { Doorbell } from './doorbell.ts';
import {
  DeadlinePassed,
  InvalidArgument,
  MAX_APPEND_SIZE,
  MaxAppendSizeExceeded,
} from './errors.ts';
import { toStatus } from './grpc-errors.ts';
import type { ProposedEvent } from './proposed-event.ts';
import type { Call } from './rpc/call.ts';
import type { Appended, Store } from './store.ts';

/** An append of which not all chunks have arrived. */
interface OpenBatch {
  readonly options: BatchOptions;
  readonly events: ProposedEvent[];
  bytes: number;
}

/**
 * `Streams/BatchAppend`: one long-lived call per client, appends interleaved on it, told apart by
 * their correlation ids. Every append gets exactly one answer: the client throws on a second.
 */
export async function batchAppend(store: Store, call: Call): Promise<void> {
  const open = new Map<string, OpenBatch>();
  const answered = new Doorbell();
  let running = 0;
  call.onChange(() => {
    if (!call.isFull) call.resume();
  });
  await call.receive((message) => {
    const chunk = batchChunk(message);
    const batch = collect(open, chunk);
    if (!batch) return;
    running += 1;
    const answer = (bytes: Buffer) => {
      call.send(bytes);
      running -= 1;
      answered.ring();
    };
    const { correlationId } = chunk;
    append(store, batch).then(
      (result) => answer(successAnswer(correlationId, batch.options, result)),
      (error: unknown) => answer(errorAnswer(correlationId, batch.options, toStatus(error))),
    );
    // A client that does not read its answers gets no more work done.
    if (call.isFull) call.pause();
  });
  while (running > 0) await answered.wait();
}

/** Adds a chunk to its batch; answers the batch once it is whole. */
function collect(open: Map<string, OpenBatch>, chunk: BatchChunk): OpenBatch | null {
  const id = chunk.correlationId.toString('latin1');
  const batch = chunk.options ? { options: chunk.options, events: [], bytes: 0 } : open.get(id);
  if (!batch) throw new InvalidArgument('The first chunk of a batch carries no options.');
  for (const event of chunk.events) {
    batch.bytes += event.data.length + event.metadata.length;
    // Too large already: it will be refused, so there is no need to hold it.
    if (batch.bytes <= MAX_APPEND_SIZE) batch.events.push(event);
  }
  if (chunk.isFinal) open.delete(id);
  else open.set(id, batch);
  return chunk.isFinal ? batch : null;
}

async function append(store: Store, { options, events, bytes }: OpenBatch): Promise<Appended> {
  const { stream, expected, deadline } = options;
  if (deadline !== null && deadline < Date.now())
    throw new DeadlinePassed('The deadline of the append has passed.');
  if (bytes > MAX_APPEND_SIZE) throw new MaxAppendSizeExceeded();
  return store.append(stream, expected, events);
}
