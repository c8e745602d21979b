import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import { describe } from 'vitest';
import { connectInProcessBus } from '../../src/embedded/bus.ts';
import { testRabbit } from '../services/rabbit.ts';
import { describeBusContract } from './bus-contract.ts';

describe('RabbitMQ', () => {
  describeBusContract(async () => {
    const { url, queuePrefix, cleanup } = await testRabbit();
    return { connect: () => connect(url), prefix: queuePrefix, cleanup };
  });
});

describe('the bus in process', () => {
  describeBusContract(async () => {
    const name = randomUUID();
    return { connect: () => connectInProcessBus(name), prefix: '', cleanup: async () => {} };
  });
});
