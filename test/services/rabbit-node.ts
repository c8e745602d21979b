import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../src/embedded/free-port.ts';
import { type GuardedProcess, startGuardedProcess } from '../../src/embedded/guarded-process.ts';
import { diskLimit, type RabbitBroker, untilRabbitAnswers } from './rabbit-broker.ts';
import { testFolder } from './test-folder.ts';

/**
 * Starts a private RabbitMQ node out of an installed server: own ports, files, node name, cookie
 * and port mapper (epmd), so that it neither meets a node of the system nor leaves anything behind.
 * It ends with this process, SIGKILL included.
 *
 * @param script path of `rabbitmq-server` (the one that does not switch the user)
 * @throws Error with the node's last output when it does not come up
 */
export async function startRabbitNode(script: string): Promise<RabbitBroker> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnNewPorts(script);
    } catch (error) {
      if (attempt === attempts || !portTaken.test((error as Error).message)) throw error;
    }
  }
}

const attempts = 3;

/** How Erlang says that somebody else listens on a port that was free a moment before. */
const portTaken = /port_already_used|eaddrinuse/i;

async function startOnNewPorts(script: string): Promise<RabbitBroker> {
  const home = await testFolder('rabbit');
  const [amqpPort, managementPort, epmdPort, distPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ] as const;
  const password = randomBytes(12).toString('hex');
  const name = `imi_test_${randomBytes(4).toString('hex')}@localhost`;
  const env = await prepare(home, {
    name,
    password,
    amqpPort,
    managementPort,
    epmdPort,
    distPort,
  });
  // Our own port mapper: the one that Erlang would start by itself stays behind for ever.
  const epmd = await startGuardedProcess({
    command: 'epmd',
    args: ['-address', '127.0.0.1', '-port', String(epmdPort)],
    stopSignal: 'KILL',
    env,
  });
  const url = `amqp://imi:${password}@127.0.0.1:${amqpPort}`;
  let node: GuardedProcess;

  const start = async () => {
    node = await startGuardedProcess({
      command: script,
      args: [],
      stopSignal: 'KILL',
      cwd: home,
      env,
    });
    await untilRabbitAnswers(url, node).catch((error) => {
      throw new Error(`RabbitMQ did not start:\n${node.lastOutput()}`, { cause: error });
    });
  };
  const end = async (signal: NodeJS.Signals) => {
    // A paused node would not see a SIGTERM.
    node.signal('SIGCONT');
    node.signal(signal);
    await node.exited;
  };
  const close = async () => {
    await end('SIGKILL');
    await epmd.release();
    await rm(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  };

  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url,
    managementUrl: `http://imi:${password}@127.0.0.1:${managementPort}`,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    start,
    pause: async () => node.signal('SIGSTOP'),
    resume: async () => node.signal('SIGCONT'),
    async fillDisk(full) {
      const control = join(dirname(script), 'rabbitmqctl');
      await promisify(execFile)(control, ['-n', name, ...diskLimit(full)], { env });
    },
    close,
  };
}

interface NodeSettings {
  readonly name: string;
  readonly password: string;
  readonly amqpPort: number;
  readonly managementPort: number;
  readonly epmdPort: number;
  readonly distPort: number;
}

/** Writes the node's configuration; returns the environment that makes it use nothing else. */
async function prepare(home: string, node: NodeSettings): Promise<NodeJS.ProcessEnv> {
  const config = [
    `listeners.tcp.1 = 127.0.0.1:${node.amqpPort}`,
    `management.tcp.ip = 127.0.0.1`,
    `management.tcp.port = ${node.managementPort}`,
    `management_agent.disable_metrics_collector = true`,
    `default_user = imi`,
    `default_pass = ${node.password}`,
    `raft.wal_max_size_bytes = 33554432`,
    `disk_free_limit.absolute = 50MB`,
    '',
  ].join('\n');
  await mkdir(join(home, 'mnesia'));
  await mkdir(join(home, 'log'));
  await writeFile(join(home, 'rabbitmq.conf'), config);
  await writeFile(join(home, 'rabbitmq-env.conf'), '');
  await writeFile(join(home, 'advanced.config'), '[].\n');
  await writeFile(join(home, 'enabled_plugins'), '[rabbitmq_management].\n');
  await writeFile(join(home, '.erlang.cookie'), randomBytes(20).toString('hex').toUpperCase(), {
    mode: 0o400,
  });
  return {
    PATH: `${process.env.PATH}:/usr/sbin:/sbin:${dirname(process.execPath)}`,
    LANG: 'C.UTF-8',
    HOME: home,
    ERL_EPMD_PORT: String(node.epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: node.name,
    RABBITMQ_DIST_PORT: String(node.distPort),
    RABBITMQ_CONF_ENV_FILE: join(home, 'rabbitmq-env.conf'),
    RABBITMQ_CONFIG_FILE: join(home, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(home, 'advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(home, 'mnesia'),
    RABBITMQ_LOG_BASE: join(home, 'log'),
    RABBITMQ_PID_FILE: join(home, 'rabbitmq.pid'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      '-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}',
    // The script becomes the node instead of waiting beside it: our signals reach the node itself.
    RUNNING_UNDER_SYSTEMD: 'true',
  };
}
