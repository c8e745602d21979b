import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { Sockets } from '../../src/projections/sockets.ts';

test('a socket whose server does not answer a goodbye is closed by force', async () => {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Sockets();
  const socket = sockets.create().connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [far] = await once(server, 'connection');
  socket.end();
  await sockets.closed(new Promise(() => {}));
  expect(socket.destroyed).toBe(true);
  far.destroy();
  server.close();
});
