import { once } from 'node:events';
import {
  type ClientHttp2Stream,
  connect,
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';

/** A way to an HTTP/2 server on which single calls can be forgotten while the connection is well. */
export interface Http2Proxy {
  readonly port: number;
  /** Nothing more arrives on the calls of a method that are open now; new ones are not affected. */
  forgetCalls(method: string): void;
  close(): Promise<void>;
}

const connectionHeaders = ['connection', 'keep-alive', 'transfer-encoding'];

export async function http2Proxy(targetPort: number): Promise<Http2Proxy> {
  const target = connect(`http://127.0.0.1:${targetPort}`);
  const open = new Map<ClientHttp2Stream, string>();
  const server = createServer();
  server.on('stream', (near, headers) => {
    const far = target.request(passable(headers), { endStream: false });
    open.set(far, String(headers[':path']));
    carry(near, far);
    far.once('close', () => open.delete(far));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  return {
    port: (server.address() as AddressInfo).port,
    forgetCalls(method) {
      for (const [far, path] of open) {
        if (path.endsWith(`/${method}`)) far.removeAllListeners('data').pause();
      }
    },
    async close() {
      for (const session of sessions) session.destroy();
      target.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function carry(near: ServerHttp2Stream, far: ClientHttp2Stream): void {
  let trailers: IncomingHttpHeaders = {};
  near.on('data', (piece) => far.write(piece));
  near.on('end', () => far.end());
  near.on('close', () => far.close(constants.NGHTTP2_CANCEL));
  near.on('error', () => undefined);
  near.on('wantTrailers', () => near.sendTrailers(passable(trailers)));
  far.on('error', () => near.destroy());
  far.on('response', (headers, flags) => {
    const over = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    near.respond(passable(headers), over ? { endStream: true } : { waitForTrailers: true });
  });
  far.on('trailers', (headers) => {
    trailers = headers;
  });
  far.on('data', (piece) => near.write(piece));
  far.on('end', () => near.end());
}

const passable = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !connectionHeaders.includes(name)));
