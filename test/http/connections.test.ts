import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { isLoopback } from '../../src/http/local-names.ts';
import { operations } from '../../src/read-api/routes/operations.ts';
import { createHealthyProbes } from '../read-api/probes.ts';
import { serverWith } from './server.ts';

let app: FastifyInstance;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await app.close();
});

async function open(): Promise<Socket> {
  const socket = connect((app.addresses()[0] as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

const serverWithHealth = (options = {}) =>
  serverWith({ operations: [operations(createHealthyProbes())], ...options });

it('One connection too many is closed, and counted; the others are answered', async () => {
  const { promise: refused, resolve } = Promise.withResolvers<void>();
  app = await serverWithHealth({ maxConnections: 2, onConnectionRefused: resolve });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const [first] = [await open(), await open()];
  const third = await open();
  if (!third.closed) await once(third, 'close');
  await refused;
  const close = 'GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  first.write(close);
  expect(await text(first)).toMatch(/^HTTP\/1.1 200 /);
});

it('Headers without end are a coded error', async () => {
  app = await serverWithHealth();
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = await open();
  socket.write(`GET /ready HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1.1 431 /);
  expect(answer).toContain('VALIDATION_ERROR');
});

it('No header is left out, however many there are before it', async () => {
  app = await serverWithHealth({ apiKey: 'the-key' });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = await open();
  const many = 'a:1\r\n'.repeat(2_500);
  const last = 'Host: localhost\r\nConnection: close\r\nX-API-Key: the-key\r\n';
  socket.write(`GET /metrics HTTP/1.1\r\n${many}${last}\r\n`);
  expect(await text(socket)).toMatch(/^HTTP\/1.1 200 /);
});

describe('Without keys on the loopback interface', () => {
  const ask = async (host: string) => {
    const response = await app.inject({ url: '/ready', headers: { host } });
    return [response.statusCode, response.json().detail?.code];
  };

  it('a web page whose name leads to this machine is refused', async () => {
    app = await serverWithHealth({ localOnly: true });
    for (const host of [
      'localhost',
      'localhost:8400',
      '127.0.0.1:8400',
      '[::1]:8400',
      'LOCALHOST',
    ]) {
      expect(await ask(host), host).toEqual([200, undefined]);
    }
    for (const host of ['evil.example', 'localhost.evil.example:8400', '127.0.0.1.evil.example']) {
      expect(await ask(host), host).toEqual([403, 'FORBIDDEN']);
    }
  });

  it('is told from being reached by others', async () => {
    app = await serverWithHealth();
    expect(await ask('imi.example')).toEqual([200, undefined]);
    for (const host of ['127.0.0.1', '::1', 'localhost']) expect(isLoopback(host)).toBe(true);
    for (const host of ['0.0.0.0', '::', '10.0.0.1']) expect(isLoopback(host)).toBe(false);
  });
});
