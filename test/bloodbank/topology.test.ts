import type { Logger } from 'pino';
import { describe, expect, it } from 'vitest';
import { declareTopology } from '../../src/bloodbank/declare.ts';
import { topologyOf } from '../../src/bloodbank/topology.ts';
import { commandNames } from '../../src/commands/definitions.ts';
import { planeAnswerContracts, v2AnswerContracts } from '../../src/contract/answer-contracts.ts';
import { connectInProcessBus } from '../../src/embedded/bus.ts';
import { catalogue } from '../../src/events/catalogue.ts';
import { testRabbit } from '../services/rabbit.ts';
import { log, openClient, testQueue, until } from './support.ts';
import { matches } from './topic.ts';

const exchange = 'bloodbank.events.v1';

describe('the topology', () => {
  const { queues } = topologyOf(exchange, ['start_work', 'link_ticket']);

  it('binds each command by its own key, on the exchange and on Flume’s', () => {
    expect(queues['imi.commands'].bindings).toEqual([
      { exchange, key: 'imi.cmd.start_work' },
      { exchange, key: 'imi.cmd.link_ticket' },
      { exchange, key: 'imi.project.register' },
      { exchange, key: 'imi.worktree.create' },
      { exchange, key: 'imi.worktree.merge' },
      { exchange, key: 'command.imi.*' },
      { exchange: 'amq.topic', key: 'imi.cmd.start_work' },
      { exchange: 'amq.topic', key: 'imi.cmd.link_ticket' },
      { exchange: 'amq.topic', key: 'imi.project.register' },
      { exchange: 'amq.topic', key: 'imi.worktree.create' },
      { exchange: 'amq.topic', key: 'imi.worktree.merge' },
    ]);
  });

  it('binds nothing that we say ourselves, or we would talk to ourselves for ever', () => {
    const answers = [...planeAnswerContracts, ...v2AnswerContracts].flatMap(({ address }) =>
      [...commandNames, 'unknown', '_'].map((action) => address.replace('{action}', action)),
    );
    const said = [...Object.keys(catalogue), ...answers];
    const bound = Object.values(topologyOf(exchange, commandNames).queues).flatMap(({ bindings }) =>
      bindings.map(({ key }) => key),
    );
    const heard = said.filter((key) => bound.some((binding) => matches(binding, key)));
    expect(said.length).toBeGreaterThan(Object.keys(catalogue).length + 3 * commandNames.length);
    expect(heard).toEqual([]);
    expect(bound.some((binding) => matches(binding, 'command.imi.start_work'))).toBe(true);
  });

  it('gives every queue a dead-letter queue', () => {
    for (const { name, deadLetterQueue } of Object.values(queues)) {
      expect(deadLetterQueue).toBe(`${name}.dlq`);
    }
  });
});

/** A log that remembers its warnings. */
function listeningLog(): { readonly log: Logger; readonly warnings: string[] } {
  const warnings: string[] = [];
  const warn = (_: object, message: string): void => void warnings.push(message);
  return { log: Object.assign(Object.create(log), { warn }) as Logger, warnings };
}

describe.each(['quorum', 'classic'] as const)('declaring %s queues on RabbitMQ', (queueType) => {
  it('can be repeated, and sends what is rejected to the dead-letter queue and nowhere else', async () => {
    const { url } = await testRabbit();
    const model = await openClient(url);
    const queue = testQueue(exchange);
    const { log: heard, warnings } = listeningLog();
    for (const _ of [1, 2]) {
      await declareTopology(model, exchange, [queue], { queueType, log: heard });
    }
    expect(warnings).toEqual([]);
    const channel = await model.createConfirmChannel();
    const { queue: everything } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(everything, exchange, '#');
    channel.publish(exchange, queue.key, Buffer.from('x'), { persistent: true });
    await channel.consume(queue.name, (message) => {
      if (message) channel.reject(message, false);
    });
    await until(async () => (await channel.checkQueue(queue.deadLetterQueue)).messageCount === 1);
    expect((await channel.checkQueue(everything)).messageCount).toBe(1);
  });

  it('adopts a queue, a dead-letter queue and an exchange that exist otherwise, and warns', async () => {
    const { url } = await testRabbit();
    const model = await openClient(url);
    const queue = testQueue('other.exchange');
    const channel = await model.createChannel();
    await channel.assertExchange('other.exchange', 'topic', { durable: false });
    await channel.assertQueue(queue.name, { durable: true, maxLength: 5 });
    await channel.assertQueue(queue.deadLetterQueue, { durable: true, maxLength: 5 });
    const { log: heard, warnings } = listeningLog();
    await declareTopology(model, 'other.exchange', [queue], { queueType, log: heard });
    expect(warnings).toHaveLength(3);
    channel.publish('other.exchange', queue.key, Buffer.from('x'));
    await until(async () => (await channel.checkQueue(queue.name)).messageCount === 1);
  });
});

it('the bus in process takes the same declarations', async () => {
  const model = await openClient(() => connectInProcessBus('topology'));
  const queue = testQueue(exchange);
  const flume = { ...queue, bindings: [...queue.bindings, { exchange: 'amq.topic', key: 'f.*' }] };
  await declareTopology(model, exchange, [flume], { queueType: 'quorum', log });
  const channel = await model.createConfirmChannel();
  channel.publish('amq.topic', 'f.x', Buffer.from('x'));
  await until(async () => (await channel.checkQueue(queue.name)).messageCount === 1);
});
