import { expect, it } from 'vitest';
import { declareTopology } from '../../src/bloodbank/declare.ts';
import { readQueueDepths } from '../../src/bloodbank/queue-depths.ts';
import { testRabbit } from '../services/rabbit.ts';
import { keepConnection, log, openClient, testQueue } from './support.ts';

it('counts what waits, in dead-letter queues too, and leaves out what nobody has declared', async () => {
  const { url, exchangeName } = await testRabbit();
  const model = await openClient(url);
  const [queue, undeclared] = [testQueue(exchangeName), testQueue(exchangeName)];
  await declareTopology(model, exchangeName, [queue], { queueType: 'classic', log });
  const channel = await model.createConfirmChannel();
  for (const name of [queue.name, queue.name, queue.deadLetterQueue]) {
    channel.sendToQueue(name, Buffer.from('x'));
  }
  await channel.waitForConfirms();
  const connection = keepConnection(url);
  const signal = AbortSignal.timeout(30_000);
  for (const _ of [1, 2]) {
    expect(await readQueueDepths(connection, [undeclared, queue], signal)).toEqual([
      { queue: queue.name, messages: 2 },
      { queue: queue.deadLetterQueue, messages: 1 },
    ]);
  }
});

it('does not wait for a broker that is away', async () => {
  const connection = keepConnection('amqp://127.0.0.1:1');
  const limit = AbortSignal.timeout(20);
  await expect(readQueueDepths(connection, [testQueue('x')], limit)).rejects.toThrow();
});
