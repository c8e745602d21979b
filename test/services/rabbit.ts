import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { ask } from './ask.ts';
import type { RabbitBroker } from './rabbit-broker.ts';
import type { RabbitGrant } from './service-host.ts';
import { startRabbit } from './start-rabbit.ts';

export type { RabbitBroker } from './rabbit-broker.ts';

export interface TestRabbit {
  /** `amqp://…`, the vhost included. */
  readonly url: string;
  /** The exchange to use for `IMI_EXCHANGE_NAME`. */
  readonly exchangeName: string;
  /** To put before queue names: empty in a vhost of our own. */
  readonly queuePrefix: string;
  /** Deletes the vhost. Left out, the end of the run does it. */
  cleanup(): Promise<void>;
}

/**
 * A place for one test on the shared real RabbitMQ: a new vhost, where names mean what they mean in
 * production. With `IMI_TEST_RABBITMQ_URL` and no `IMI_TEST_RABBITMQ_MANAGEMENT_URL` no vhost can
 * be made: then the names are what tells tests apart, and the test deletes its own queues.
 */
export async function testRabbit(): Promise<TestRabbit> {
  const { url, vhost } = await ask<RabbitGrant>('create-vhost');
  if (vhost === undefined) {
    const own = `imi-test-${randomBytes(6).toString('hex')}.`;
    return {
      url,
      exchangeName: `${own}bloodbank.events.v1`,
      queuePrefix: own,
      cleanup: async () => {},
    };
  }
  return {
    url,
    exchangeName: 'bloodbank.events.v1',
    queuePrefix: '',
    cleanup: () => ask('delete-vhost', vhost),
  };
}

/**
 * A private RabbitMQ for tests that stop, kill or pause it. It takes seconds to start: one for a
 * test file (`beforeAll`, closed in `afterAll`) is usual. Called inside a test it closes itself.
 *
 * `kill` loses what was declared in the second before it, durable or not (measured with 3.10: RabbitMQ
 * writes declarations down from time to time; a quorum queue then exists and has no leader). Confirmed
 * messages in queues older than that are kept. Where it matters, `stop` and `start` after declaring.
 */
export async function rabbitNode(): Promise<RabbitBroker> {
  const broker = await startRabbit();
  try {
    onTestFinished(() => broker.close());
  } catch {
    // Not inside a test: the caller closes it.
  }
  return broker;
}
