import type { EventEmitter } from 'node:events';
import grpcPb from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { EventStoreDBClient } from './esdb-client.ts';

/** A client, and who hears of each call that is opened with it. */
export interface Caller {
  readonly client: EventStoreDBClient;
  readonly onOpening: (call: Promise<EventEmitter>) => void;
}

/**
 * What every method of the client is made of, and its types keep for its own: calls on the client's
 * connection, with its credentials, its discovery and its reconnection. The messages are ours to
 * encode and decode.
 */
interface OpenClient {
  GRPCStreamCreator<Call>(
    service: typeof grpcPb.StreamsClient,
    name: string,
    creator: (stub: Stub) => Call,
  ): () => Promise<Call>;
  callArguments(options: object, call: object): CallArguments;
}

type CallArguments = [metadata: object, options: object];

/** The part of a gRPC stub that makes calls. */
interface Stub {
  makeServerStreamRequest<Request>(
    path: string,
    serialize: (request: Request) => Buffer,
    deserialize: (bytes: Buffer) => unknown,
    request: Request,
    ...rest: CallArguments
  ): unknown;
  makeBidiStreamRequest<Request>(
    path: string,
    serialize: (request: Request) => Buffer,
    deserialize: (bytes: Buffer) => unknown,
    ...rest: CallArguments
  ): unknown;
}

/** Opens a call of the service `Streams` that may last for ever; `name` is for the client's own log. */
export function openCall<Call extends EventEmitter>(
  { client, onOpening }: Caller,
  name: string,
  make: (stub: Stub, rest: CallArguments) => unknown,
): Promise<Call> {
  const { GRPCStreamCreator, callArguments } = client as unknown as OpenClient;
  const call = GRPCStreamCreator(
    grpcPb.StreamsClient,
    name,
    (stub) => make(stub, callArguments({}, { deadline: Number.POSITIVE_INFINITY })) as Call,
  )();
  onOpening(call);
  return call;
}
