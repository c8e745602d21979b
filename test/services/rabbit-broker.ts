import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'amqplib';

const BOOT_LIMIT_MS = 120_000;

/** A private RabbitMQ that a test may ill-treat. Its addresses stay the same across restarts. */
export interface RabbitBroker {
  /** `amqp://user:password@host:port` of the default vhost. */
  readonly url: string;
  /** `http://user:password@host:port` of the management API. */
  readonly managementUrl: string;
  /** Orderly stop; what is durable stays. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** After `stop` or `kill`: the same node with the same files; returns when it answers. */
  start(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): Promise<void>;
  /** SIGCONT. */
  resume(): Promise<void>;
  /** Whether it counts its disk as full: it then takes messages from nobody, and says so. */
  fillDisk(full: boolean): Promise<void>;
  /** Ends it and removes its files. */
  close(): Promise<void>;
}

/** Arguments for `rabbitmqctl` that make its disk count as full, or not. */
export const diskLimit = (full: boolean): readonly string[] => [
  'set_disk_free_limit',
  full ? '999999GB' : '50MB',
];

/**
 * Returns when a client can log in.
 *
 * @param node gives up at once when it ends
 * @throws the last refusal when the node has ended or takes minutes
 */
export async function untilRabbitAnswers(
  url: string,
  node?: { readonly exited: Promise<unknown> },
): Promise<void> {
  let ended = false;
  void node?.exited.then(() => {
    ended = true;
  });
  const deadline = Date.now() + BOOT_LIMIT_MS;
  for (;;) {
    try {
      await (await connect(url)).close();
      return;
    } catch (error) {
      if (ended || Date.now() > deadline) throw error;
      await delay(100);
    }
  }
}
