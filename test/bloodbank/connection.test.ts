import { randomUUID } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { amqpConnector, BloodbankConnection } from '../../src/bloodbank/connection.ts';
import { connectInProcessBus } from '../../src/embedded/bus.ts';
import { rabbitNode, testRabbit } from '../services/rabbit.ts';
import { keepConnection, log, now, quick, until } from './support.ts';

const never = new AbortController().signal;

describe('the connection to Bloodbank', () => {
  it('says since when it is down, keeps trying, and is up when the broker is', async () => {
    let refusals = 0;
    const name = randomUUID();
    const connection = keepConnection(async () => {
      refusals += 1;
      if (refusals < 4) throw new Error(`refused ${refusals}`);
      return connectInProcessBus(name);
    });
    expect(connection.status).toMatchObject({ state: 'down', lastError: null });
    await until(() => refusals === 2);
    expect(connection.status.lastError).toMatch(/^refused/);
    await connection.model(never);
    expect(connection.status).toMatchObject({ state: 'up', lastError: null, blocked: null });
  });

  it('comes back after the broker was killed', async () => {
    const broker = await rabbitNode();
    const connection = keepConnection(broker.url);
    const first = await connection.model(never);
    await broker.kill();
    await until(() => connection.status.state === 'down');
    await broker.start();
    expect(await connection.model(never)).not.toBe(first);
  });

  it('closes in order, and gives nobody a connection after that', async () => {
    const { url } = await testRabbit();
    const connection = keepConnection(url);
    await connection.model(never);
    await connection.close();
    expect(connection.status.state).toBe('closed');
    await expect(connection.model(never)).rejects.toThrow();
  });

  it('closes while it cannot connect', async () => {
    const connection = keepConnection(async () => {
      throw new Error('refused');
    });
    await until(() => connection.status.lastError !== null);
    await connection.close();
    expect(connection.status.state).toBe('closed');
  });

  it('closes while a broker accepts and never answers', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const { port } = server.address() as { port: number };
    const connection = keepConnection(`amqp://127.0.0.1:${port}`);
    await until(() => sockets.length === 1);
    await connection.close();
    expect(connection.status.state).toBe('closed');
  });

  it('closes by force when the broker does not say goodbye', async () => {
    const broker = await rabbitNode();
    const connection = new BloodbankConnection({
      connect: amqpConnector(broker.url),
      log,
      now,
      backoff: quick,
      closeTimeoutMs: 50,
    });
    await connection.model(never);
    await broker.pause();
    await connection.close();
    await broker.resume();
    expect(connection.status.state).toBe('closed');
  });

  it('lets go of who waits when they no longer want it', async () => {
    const connection = keepConnection(async () => {
      throw new Error('refused');
    });
    const controller = new AbortController();
    const waiting = connection.model(controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow();
  });

  it('shows that the broker takes no messages', async () => {
    const name = randomUUID();
    const connection = keepConnection(() => connectInProcessBus(name));
    const model = await connection.model(never);
    model.emit('blocked', 'low on memory');
    expect(connection.status).toMatchObject({ state: 'up', blocked: 'low on memory' });
    model.emit('unblocked');
    expect(connection.status).toMatchObject({ state: 'up', blocked: null });
  });
});
