import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { runSessions } from '../../src/bloodbank/channel-session.ts';
import type { BloodbankConnection } from '../../src/bloodbank/connection.ts';
import { type RabbitBroker, rabbitNode } from '../services/rabbit.ts';
import { atPort, TcpProxy } from '../support/tcp-proxy.ts';
import { keepConnection, log, quick, start, until } from './support.ts';

let broker: RabbitBroker;
beforeAll(async () => {
  broker = await rabbitNode();
});
afterAll(() => broker.close());

/** Connections that never learn by themselves that the other side is gone. */
const withoutHeartbeat = (url: string, port: number): string => `${atPort(url, port)}?heartbeat=0`;

async function connected() {
  const way = await TcpProxy.listen(() => Number(new URL(broker.url).port));
  onTestFinished(() => way.close());
  const connection = keepConnection(withoutHeartbeat(broker.url, way.port));
  return { way, connection, model: await connection.model(AbortSignal.timeout(10_000)) };
}

/** The connections that sessions ran on; each lasts until its channel is gone, or the test over. */
function sessionsOn(connection: BloodbankConnection, openTimeoutMs: number): readonly unknown[] {
  const ranOn: unknown[] = [];
  const options = { connection, log, backoff: quick, openTimeoutMs };
  start((signal) =>
    runSessions(
      options,
      async ({ model, lost }) => {
        ranOn.push(model);
        await until(() => signal.aborted || lost.aborted);
      },
      signal,
    ),
  );
  return ranOn;
}

it('a connection that opens no channel is given up, and the session runs on the next', async () => {
  const { way, connection, model } = await connected();
  way.become('half-open');
  way.become('open');
  const ranOn = sessionsOn(connection, 100);
  await until(() => ranOn.length > 0);
  expect(ranOn[0]).not.toBe(model);
});

it('a broker that takes no messages is waited for', async () => {
  const { way, connection, model } = await connected();
  model.emit('blocked', 'low on memory');
  way.become('stalled');
  const ranOn = sessionsOn(connection, 20);
  // Several times the limit.
  await delay(200);
  way.become('open');
  await until(() => ranOn.length > 0);
  expect(ranOn).toEqual([model]);
});
