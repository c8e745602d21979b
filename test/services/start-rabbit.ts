import type { RabbitBroker } from './rabbit-broker.ts';
import { canInstallRabbit, installedRabbit, installRabbit } from './rabbit-installation.ts';
import { startRabbitNode } from './rabbit-node.ts';

/**
 * Starts a private, real RabbitMQ by the first way that this machine offers: an installed
 * `rabbitmq-server`, a container, or (root on Debian) installing the package.
 *
 * @throws Error naming the ways when there is none: tests against RabbitMQ are never skipped
 */
export async function startRabbit(): Promise<RabbitBroker> {
  const script = await installedRabbit();
  if (script !== undefined) return startRabbitNode(script);
  // Loaded when it is needed: it takes longer to load than most test files to run.
  const { containersWork, startRabbitContainer } = await import('./rabbit-container.ts');
  if (await containersWork()) return startRabbitContainer();
  if (await canInstallRabbit()) return startRabbitNode(await installRabbit());
  throw new Error(
    'These tests need a real RabbitMQ, and this machine offers none. Any of these will do: ' +
      '(1) install rabbitmq-server (Debian: apt-get install rabbitmq-server; as root the tests do ' +
      'that by themselves); (2) start a Docker engine that this user may talk to; ' +
      '(3) set IMI_TEST_RABBITMQ_URL=amqp://user:password@host:5672 to a broker for tests.',
  );
}
