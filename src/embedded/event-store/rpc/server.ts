import { once } from 'node:events';
import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { Call } from './call.ts';
import { type CallStatus, RpcError, statusCode } from './status.ts';

/** Answers a call; the call ends with the promise, well or with the status of its error. */
export type Handler = (call: Call) => Promise<void>;

/** More than any client could send: at Node's own 33 a second its connection would be cut. */
const RESETS_A_SECOND = 1_000_000;

export interface RpcServerOptions {
  /** Handlers by path, as in `/package.Service/Method`. */
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly statusOf: (error: unknown) => CallStatus;
  readonly callsPerConnection: number;
}

/**
 * gRPC on Node's HTTP/2, without TLS and compression. A library for gRPC costs several times more a
 * message, most of it for what no client of this server uses.
 */
export class RpcServer {
  readonly #options: RpcServerOptions;
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #calls = new Set<Call>();

  constructor(options: RpcServerOptions) {
    this.#options = options;
    this.#server = createServer({
      settings: { maxConcurrentStreams: options.callsPerConnection },
      // Clients cancel every read of a stream that is not there; Node would take that for an attack.
      streamResetBurst: RESETS_A_SECOND,
      streamResetRate: RESETS_A_SECOND,
      // What waits for slow readers is bounded call by call; a session must not refuse calls for it.
      maxSessionMemory: Number.MAX_SAFE_INTEGER,
    });
    this.#server.on('connection', (socket: Socket) => socket.setNoDelay(true));
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
      // A connection that breaks ends its calls, which is all there is to say about it.
      session.on('error', () => undefined);
    });
    this.#server.on('stream', (stream, headers) => this.#accept(stream, headers));
  }

  /** @returns the port; @throws what the system says when it cannot be had. */
  async listen(host: string, port: number): Promise<number> {
    this.#server.listen({ host, port });
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  endCalls(status: CallStatus): void {
    for (const call of this.#calls) call.end(status);
  }

  /** Takes no more connections and calls; resolves when all connections are over, at the latest after `drainMs`. */
  async close(drainMs: number): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const session of this.#sessions) session.close();
    const timer = setTimeout(() => this.destroy(), drainMs);
    await closed;
    clearTimeout(timer);
  }

  /** Ends everything at once. */
  destroy(): void {
    this.#server.close();
    for (const session of this.#sessions) session.destroy();
  }

  #accept(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    if (!headers['content-type']?.startsWith('application/grpc')) {
      stream.respond({ ':status': 415 }, { endStream: true });
      return;
    }
    const call = new Call(stream, headers);
    this.#calls.add(call);
    stream.once('close', () => this.#calls.delete(call));
    const handle = this.#options.handlers.get(headers[':path'] ?? '') ?? unimplemented;
    handle(call).then(
      () => call.end(),
      (error: unknown) => call.end(this.#options.statusOf(error)),
    );
  }
}

const unimplemented: Handler = async () => {
  throw new RpcError(statusCode.UNIMPLEMENTED, 'The server does not implement this method.');
};
