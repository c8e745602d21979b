import gossipGrpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import type { ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import featuresGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type { Empty } from '@eventstore/db-client/generated/shared_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type {
  AppendReq,
  AppendResp,
  BatchAppendReq,
  BatchAppendResp,
  DeleteReq,
  DeleteResp,
  TombstoneReq,
  TombstoneResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import { append } from './append.ts';
import { batchAppend } from './batch-append.ts';
import { CallRegistry } from './call-registry.ts';
import { clusterInfo, supportedMethods } from './cluster.ts';
import { deleteStream, tombstoneStream } from './delete.ts';
import { Unavailable } from './errors.ts';
import { type ReadCall, read } from './read.ts';
import type { EncodedRead } from './read-responses.ts';
import { Store } from './store.ts';

export interface EventStoreServerOptions {
  /** Folder of the log; created when missing, taken exclusively. */
  readonly dataDir: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly host?: string;
  /**
   * Called once, after the server has shut itself, when the log cannot be written. Without it the
   * error is thrown, so that the process ends: nothing that runs on can be trusted to be stored.
   */
  readonly onFailure?: (error: Error) => void;
}

export interface EventStoreServer {
  /** Connection string for the client. */
  readonly url: string;
  readonly port: number;
  /** Finishes accepted appends, ends every call, and gives port and folder back. */
  close(): Promise<void>;
}

const MEBIBYTE = 1024 * 1024;
/** EventStoreDB's limit of calls on one connection; the embedded server must not be kinder. */
const STREAMS_PER_CONNECTION = 100;
const DRAIN_MS = 2000;

/**
 * Starts a durable event store for development that speaks EventStoreDB's gRPC protocol.
 * @throws DataFolderLocked, CorruptLog, or an Error that names the port when it is taken.
 */
export async function startEventStoreServer(
  options: EventStoreServerOptions,
): Promise<EventStoreServer> {
  const host = options.host ?? '127.0.0.1';
  const server = new Server({
    'grpc.max_receive_message_length': 16 * MEBIBYTE,
    'grpc.max_send_message_length': 17 * MEBIBYTE,
    'grpc.max_concurrent_streams': STREAMS_PER_CONNECTION,
  });
  const calls = new CallRegistry();
  const store = await Store.open(options.dataDir, (error) => {
    server.forceShutdown();
    void store.close().finally(() => {
      if (options.onFailure) options.onFailure(error);
      else throw error;
    });
  });
  let port = options.port;
  addServices(server, store, calls, () => clusterInfo(reachable(host), port));
  try {
    port = await bind(server, host, options.port);
  } catch (error) {
    server.forceShutdown();
    await store.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    url: `esdb://${reachable(host)}:${port}?tls=false`,
    port,
    close: () => {
      closing ??= shutDown(server, store, calls);
      return closing;
    },
  };
}

function addServices(
  server: Server,
  store: Store,
  calls: CallRegistry,
  cluster: () => ClusterInfo,
): void {
  const { read: readMethod, ...streams } = streamsGrpc.StreamsService;
  server.addService(streams as typeof streamsGrpc.StreamsService, {
    append: calls.unary((call: ServerReadableStream<AppendReq, AppendResp>) => append(store, call)),
    batchAppend: calls.streaming((call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>) =>
      batchAppend(store, call),
    ),
    delete: calls.unary((call: ServerUnaryCall<DeleteReq, DeleteResp>) =>
      deleteStream(store, call.request),
    ),
    tombstone: calls.unary((call: ServerUnaryCall<TombstoneReq, TombstoneResp>) =>
      tombstoneStream(store, call.request),
    ),
  });
  // Events are stored encoded; the generated serializer would decode and encode each of them.
  server.addService(
    { read: { ...readMethod, responseSerialize: (bytes: EncodedRead) => bytes } },
    { read: calls.streaming((call: ReadCall) => read(store, call)) },
  );
  server.addService(featuresGrpc.ServerFeaturesService, {
    getSupportedMethods: calls.unary(async (_: ServerUnaryCall<Empty, SupportedMethods>) =>
      supportedMethods(),
    ),
  });
  server.addService(gossipGrpc.GossipService, {
    read: calls.unary(async (_: ServerUnaryCall<Empty, ClusterInfo>) => cluster()),
  });
}

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (!error) resolve(bound);
      else reject(new Error(`Cannot listen on ${host}:${port}: ${reasonOf(error)}`));
    });
  });
}

function reasonOf(error: Error): string {
  if (!error.message.includes('EADDRINUSE')) return error.message;
  return 'the port is in use. Stop the server that has it, or choose another port.';
}

/** Appends that were accepted are answered before their calls end: clients need not guess. */
async function shutDown(server: Server, store: Store, calls: CallRegistry): Promise<void> {
  await store.close();
  calls.endAll(new Unavailable('The event store is shutting down.'));
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => server.forceShutdown(), DRAIN_MS);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** An address that a client on this machine can use when the server listens on all of them. */
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}
