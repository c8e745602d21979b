import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Call } from '../../../../src/embedded/event-store/rpc/call.ts';
import {
  framed,
  MAX_MESSAGE_BYTES,
  MessageDecoder,
} from '../../../../src/embedded/event-store/rpc/message-decoder.ts';
import { type Handler, RpcServer } from '../../../../src/embedded/event-store/rpc/server.ts';
import { okStatus, RpcError, statusCode } from '../../../../src/embedded/event-store/rpc/status.ts';

const handlers = new Map<string, Handler>();
let server: RpcServer;
let session: ClientHttp2Session;
beforeEach(async () => {
  handlers.clear();
  server = new RpcServer({
    handlers,
    statusOf: (error) => ({
      code: error instanceof RpcError ? error.code : statusCode.UNKNOWN,
      message: String((error as Error).message),
      trailers: {},
    }),
    callsPerConnection: 100,
  });
  session = connect(`http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`);
  session.on('error', () => undefined);
});
afterEach(async () => {
  session.destroy();
  await server.close(1000);
});

const call = (path: string, headers = {}): ClientHttp2Stream => {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    ...headers,
  });
  stream.on('error', () => undefined);
  return stream;
};

/** Reads a call to its end. */
async function outcome(stream: ClientHttp2Stream) {
  const decoder = new MessageDecoder();
  const messages: string[] = [];
  const fields: Record<string, unknown> = {};
  for (const event of ['response', 'trailers'])
    stream.on(event, (headers: Record<string, unknown>) => Object.assign(fields, headers));
  stream.on('data', (chunk) => messages.push(...decoder.push(chunk).map(String)));
  await once(stream, 'end');
  stream.end();
  return { messages, status: Number(fields['grpc-status']), message: fields['grpc-message'] };
}

/** Sends back what comes, at once. */
const echo: Handler = (open: Call) => open.receive((message) => open.send(framed(message)));

it('answers each message while more are coming, and ends well when the caller has', async () => {
  handlers.set('/echo', echo);
  const stream = call('/echo');
  stream.write(framed(Buffer.from('first')));
  await once(stream, 'data').then(([chunk]) => expect(String(chunk)).toContain('first'));
  stream.end(Buffer.concat([framed(Buffer.from('second')), framed(Buffer.from('third'))]));
  expect(await outcome(stream)).toEqual({
    messages: ['second', 'third'],
    status: statusCode.OK,
    message: undefined,
  });
});

it('says what went wrong behind the messages that were sent', async () => {
  handlers.set('/fails', async (open) => {
    open.send(framed(Buffer.from('one')));
    throw new RpcError(statusCode.FAILED_PRECONDITION, 'Gar nicht möglich: 100 %');
  });
  const { messages, status, message } = await outcome(call('/fails'));
  expect({ messages, status }).toEqual({
    messages: ['one'],
    status: statusCode.FAILED_PRECONDITION,
  });
  expect(decodeURI(String(message))).toBe('Gar nicht möglich: 100 %');
});

it('ends a call that has failed although its caller goes on sending', async () => {
  handlers.set('/refuses', (open) =>
    open.receive(() => {
      throw new RpcError(statusCode.INVALID_ARGUMENT, 'no');
    }),
  );
  const stream = call('/refuses');
  stream.write(framed(Buffer.from('first')));
  expect(await outcome(stream)).toMatchObject({ status: statusCode.INVALID_ARGUMENT });
});

it('does not know other methods, and speaks nothing but gRPC', async () => {
  expect(await outcome(call('/unknown'))).toMatchObject({ status: statusCode.UNIMPLEMENTED });
  const plain = call('/unknown', { 'content-type': 'application/json' });
  const [headers] = await once(plain, 'response');
  expect(headers).toMatchObject({ ':status': 415 });
});

it('refuses a message beyond its limit', async () => {
  handlers.set('/echo', echo);
  const stream = call('/echo');
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(MAX_MESSAGE_BYTES + 1, 1);
  stream.write(prefix);
  expect(await outcome(stream)).toMatchObject({ status: statusCode.RESOURCE_EXHAUSTED });
});

it('ends a call whose deadline has passed', async () => {
  handlers.set('/echo', echo);
  expect(await outcome(call('/echo', { 'grpc-timeout': '1m' }))).toMatchObject({
    status: statusCode.DEADLINE_EXCEEDED,
  });
});

it('tells a call whose connection broke from one that has been sent whole', async () => {
  const over = new Promise((resolve) => {
    handlers.set('/echo', (open) => {
      const received = echo(open);
      received.catch((error) => resolve([error.code, open.isOpen]));
      return received;
    });
  });
  const stream = call('/echo');
  stream.write(framed(Buffer.from('hello')));
  await once(stream, 'data');
  session.destroy();
  expect(await over).toEqual([statusCode.CANCELLED, false]);
});

it('is full while its reader takes nothing, and tells when there is room again', async () => {
  const told = new Promise<boolean>((resolve) => {
    handlers.set('/much', async (open) => {
      const room = new Promise<void>((ready) => open.onChange(ready));
      open.send(Buffer.concat([framed(Buffer.alloc(1_000_000))]));
      const wasFull = open.isFull;
      await room;
      resolve(wasFull && !open.isFull);
    });
  });
  const stream = call('/much');
  await once(stream, 'response');
  stream.resume();
  expect(await told).toBe(true);
});

it('ends all calls, and then its connections, when it is closed', async () => {
  handlers.set('/echo', echo);
  const stream = call('/echo');
  stream.write(framed(Buffer.from('hello')));
  await once(stream, 'data');
  const ended = outcome(stream);
  const gone = once(session, 'close');
  server.endCalls({ ...okStatus, code: statusCode.UNAVAILABLE, message: 'closing' });
  await server.close(5000);
  expect(await ended).toMatchObject({ status: statusCode.UNAVAILABLE, message: 'closing' });
  await gone;
});
