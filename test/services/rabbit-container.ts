import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers';
import { freePort } from '../../src/embedded/free-port.ts';
import { diskLimit, type RabbitBroker, untilRabbitAnswers } from './rabbit-broker.ts';

const IMAGE = 'rabbitmq:3-management';

/** Whether a container engine answers on this machine. */
export async function containersWork(): Promise<boolean> {
  return getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
}

/**
 * Starts a private RabbitMQ in a container; testcontainers removes it also when we are killed.
 *
 * @throws Error when the image cannot be pulled or does not come up
 */
export async function startRabbitContainer(): Promise<RabbitBroker> {
  // Fixed ports: the engine would give others after a restart.
  const [amqpPort, managementPort] = [await freePort(), await freePort()] as const;
  const started = await new GenericContainer(IMAGE)
    .withExposedPorts(
      { container: 5672, host: amqpPort },
      { container: 15672, host: managementPort },
    )
    .withEnvironment({ RABBITMQ_DEFAULT_USER: 'imi', RABBITMQ_DEFAULT_PASS: 'imi' })
    .withWaitStrategy(Wait.forLogMessage(/Server startup complete/))
    .withStartupTimeout(180_000)
    .start();
  const client = await getContainerRuntimeClient();
  const container = client.container.getById(started.getId());
  const host = started.getHost();
  const url = `amqp://imi:imi@${host}:${amqpPort}`;
  return {
    url,
    managementUrl: `http://imi:imi@${host}:${managementPort}`,
    stop: async () => {
      await container.stop();
    },
    kill: async () => {
      await container.kill();
      await container.wait();
    },
    start: async () => {
      await container.start();
      await untilRabbitAnswers(url);
    },
    pause: async () => {
      await container.pause();
    },
    resume: async () => {
      await container.unpause();
    },
    async fillDisk(full) {
      const { exitCode, output } = await started.exec(['rabbitmqctl', ...diskLimit(full)]);
      if (exitCode !== 0) throw new Error(output);
    },
    close: async () => {
      await started.stop();
    },
  };
}
