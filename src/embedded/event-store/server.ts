import type { ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { append } from './append.ts';
import { batchAppend } from './batch-append.ts';
import { clusterInfo, supportedMethods } from './cluster.ts';
import { deleteStream, tombstoneStream } from './delete.ts';
import { Unavailable } from './errors.ts';
import { callStatusOf } from './grpc-errors.ts';
import { read } from './read.ts';
import { type Handler, RpcServer } from './rpc/server.ts';
import { unary } from './rpc/unary.ts';
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

/** EventStoreDB's limit of calls on one connection; the embedded server must not be kinder. */
const CALLS_PER_CONNECTION = 100;
const DRAIN_MS = 2000;

/**
 * Starts a durable event store for development that speaks EventStoreDB's gRPC protocol.
 * @throws DataFolderLocked, CorruptLog, or an Error that names the port when it is taken.
 */
export async function startEventStoreServer(
  options: EventStoreServerOptions,
): Promise<EventStoreServer> {
  const host = options.host ?? '127.0.0.1';
  const store = await Store.open(options.dataDir, (error) => {
    server.destroy();
    void store.close().finally(() => {
      if (options.onFailure) options.onFailure(error);
      else throw error;
    });
  });
  let port = options.port;
  const server = new RpcServer({
    handlers: handlersOf(store, () => clusterInfo(reachable(host), port)),
    statusOf: callStatusOf,
    callsPerConnection: CALLS_PER_CONNECTION,
  });
  try {
    port = await bind(server, host, options.port);
  } catch (error) {
    await store.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    url: `esdb://${reachable(host)}:${port}?tls=false`,
    port,
    close: () => {
      closing ??= shutDown(server, store);
      return closing;
    },
  };
}

function handlersOf(store: Store, cluster: () => ClusterInfo): ReadonlyMap<string, Handler> {
  const services = 'event_store.client';
  return new Map<string, Handler>([
    [`/${services}.streams.Streams/Append`, (call) => append(store, call)],
    [`/${services}.streams.Streams/BatchAppend`, (call) => batchAppend(store, call)],
    [`/${services}.streams.Streams/Read`, (call) => read(store, call)],
    [
      `/${services}.streams.Streams/Delete`,
      unary((bytes) => deleteStream(store, streamsPb.DeleteReq.deserializeBinary(bytes))),
    ],
    [
      `/${services}.streams.Streams/Tombstone`,
      unary((bytes) => tombstoneStream(store, streamsPb.TombstoneReq.deserializeBinary(bytes))),
    ],
    [
      `/${services}.server_features.ServerFeatures/GetSupportedMethods`,
      unary(async () => supportedMethods()),
    ],
    [`/${services}.gossip.Gossip/Read`, unary(async () => cluster())],
  ]);
}

async function bind(server: RpcServer, host: string, port: number): Promise<number> {
  try {
    return await server.listen(host, port);
  } catch (error) {
    throw new Error(`Cannot listen on ${host}:${port}: ${reasonOf(error as Error)}`);
  }
}

function reasonOf(error: Error): string {
  if (!error.message.includes('EADDRINUSE')) return error.message;
  return 'the port is in use. Stop the server that has it, or choose another port.';
}

/** Appends that were accepted are answered before their calls end: clients need not guess. */
async function shutDown(server: RpcServer, store: Store): Promise<void> {
  await store.close();
  server.endCalls(callStatusOf(new Unavailable('The event store is shutting down.')));
  await server.close(DRAIN_MS);
}

/** An address that a client on this machine can use when the server listens on all of them. */
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}
