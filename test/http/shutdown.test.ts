import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { expect, it } from 'vitest';
import { serverWith } from './server.ts';

it('A connection on which nothing was asked does not hold the shutdown', async () => {
  const app = await serverWith();
  await app.listen({ host: '127.0.0.1', port: 0 });
  const accepted = once(app.server, 'connection');
  const socket = connect((app.addresses()[0] as AddressInfo).port, '127.0.0.1');
  const ended = once(socket, 'close');
  await accepted;
  await app.close();
  await ended;
  expect(app.server.listening).toBe(false);
});
