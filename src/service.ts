import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import { type Api, buildApi } from './api.ts';
import type { QueueConsumer } from './bloodbank/consumer.ts';
import { readQueueDepths } from './bloodbank/queue-depths.ts';
import { topologyOf } from './bloodbank/topology.ts';
import { type Clients, connectAll, disconnect } from './clients.ts';
import type { CommandHandler } from './commands/command.ts';
import { answeredInTime } from './commands/http/answered-in-time.ts';
import { metered } from './commands/metered.ts';
import { tellPlaneProjects } from './commands/plane-projects.ts';
import type { Config, Role } from './config.ts';
import { consumersOf } from './consumers.ts';
import type { Surroundings } from './embedded/embedded-default.ts';
import type { PublishToBus } from './http/in-process-bus.ts';
import { createMetrics, type Door, type Metrics } from './metrics.ts';
import { now } from './now.ts';
import { probesOf } from './probes.ts';
import { runAsLeader } from './projections/leader.ts';
import { SourceLag } from './projections/source-lag.ts';
import { ProjectionStatusReader } from './projections/status.ts';
import { liveSchema } from './projections/tables.ts';
import { policiesOf, projectorOf, publisherOf, type Task } from './tasks.ts';
import type { Tracing } from './telemetry/tracing.ts';
import { within } from './within.ts';

export interface Service {
  /** Where it listens: for the API with the role `api`, for health, readiness and metrics always. */
  readonly url: string;
  /** Stops taking work, finishes what is in hand, then closes every client. */
  close(): Promise<void>;
}

// Of the shutdown, which as a whole may take ten seconds.
const answerLimitMs = 4_000;
const finishLimitMs = 2_500;

// A scrape does not wait for a broker that is away.
const depthLimitMs = 500;

// A broker that is away must not keep iMi from answering over HTTP.
const brokerWaitMs = 3_000;

/**
 * Starts the roles of the settings on the stores of the surroundings: connects, migrates, runs.
 * Throws when the database cannot be migrated or the port is taken; nothing is left running then.
 */
export async function startService(
  config: Config,
  surroundings: Surroundings,
  log: Logger,
  tracing: Tracing | null,
): Promise<Service> {
  const metrics: Metrics = createMetrics({
    build: packageJson,
    projection: () => projection.read(),
    publisher: () => publisher.status,
    publishing: async () =>
      publisher.status.state === 'stopped' ? null : published.measure(() => publisher.status),
    consumers: () => consumers.map(({ queue, status }) => ({ queue, ...status })),
    queues: () => readQueueDepths(clients.inbound, queues, AbortSignal.timeout(depthLimitMs)),
  });
  const clients = await connectAll(config, surroundings, log, metrics, tracing);
  const queues = Object.values(topologyOf(config.exchangeName, []).queues);
  const published = new SourceLag(clients);
  const stopping = new AbortController();
  const has = (role: Role): boolean => config.roles.includes(role);
  const run = (task: Task): Promise<void> => task(stopping.signal);
  const publisher = publisherOf(clients, metrics);
  const projection = new ProjectionStatusReader({ ...clients, schema: liveSchema });
  const handlerBehind = (door: Door): CommandHandler => {
    const traced = tracing?.commands(clients.handler, door) ?? clients.handler;
    return metered(traced, (...settled) => metrics.commandSettled(door, ...settled));
  };
  const consumers = consumersOf({ ...clients, now }, handlerBehind('bloodbank'), metrics);
  const tellOptions = { handler: handlerBehind('policy'), hostname: config.hostname, now };
  const running = [
    ...(has('commands')
      ? [
          ...consumers.map((consumer) => run((signal) => consumer.run(signal))),
          run((signal) => tellPlaneProjects(config.planeProjects, tellOptions, signal)),
          lead('policies', policiesOf(clients, handlerBehind('policy'))),
        ]
      : []),
    ...(has('projector') ? [lead('projector', projectorOf(clients, metrics))] : []),
    ...(has('publisher') ? [lead('publisher', (signal) => publisher.run(signal))] : []),
  ];
  const settled = Promise.allSettled(running);
  let api: Api | null = null;

  async function close(): Promise<void> {
    // What waits for a store that hangs would hold up the end: its connections are closed under it.
    await within(answerLimitMs, api?.close() ?? Promise.resolve()).catch(tooLong('requests'));
    stopping.abort();
    await within(finishLimitMs, settled).catch(tooLong('tasks'));
    await disconnect(clients);
  }

  function tooLong(of: string) {
    return (err: unknown) => log.warn({ err, of }, 'What is in hand does not come to its end');
  }

  try {
    // The bus in process cannot be away; under load its queues only take their time.
    const waitMs = surroundings.bus ? Number.POSITIVE_INFINITY : brokerWaitMs;
    const ready = has('commands') ? consuming(consumers, { waitMs, log, stopping }) : null;
    const building = buildApi({
      ...clients,
      db: clients.reads.db.withSchema(liveSchema),
      waiter: clients.reads.waiter,
      handler: answeredInTime(handlerBehind('http')),
      metrics,
      probes: probesOf({
        ...clients,
        schema: liveSchema,
        consumers,
        publisher,
        projection,
        consumes: has('commands'),
        onError: (part, err) => log.warn({ err, part }, 'A part of iMi does not answer'),
      }),
      serves: has('api'),
      publish: surroundings.bus && publishTo(clients),
      now,
    });
    [api] = await Promise.all([building, ready]);
    return { url: await api.listen(), close };
  } catch (error) {
    await close();
    throw error;
  }
  function lead(name: string, task: Task): Promise<void> {
    const onChange = (leading: boolean) => metrics.leads(name, leading);
    onChange(false);
    const options = { log, signal: stopping.signal, onChange };
    return runAsLeader(surroundings.databaseUrl, name, task, options);
  }
}

interface Patience {
  readonly waitMs: number;
  readonly log: Logger;
  readonly stopping: AbortController;
}

/** What is sent before its queue is there is lost to its sender: ready means that it is. */
async function consuming(
  consumers: readonly QueueConsumer[],
  { waitMs, log, stopping }: Patience,
): Promise<void> {
  const deadline = performance.now() + waitMs;
  while (!stopping.signal.aborted && consumers.some(({ status }) => status.state !== 'consuming')) {
    if (performance.now() > deadline) {
      log.warn('Bloodbank is away; commands are taken from it once it is back');
      return;
    }
    await delay(10);
  }
}

/** Publishes on the bus in process, for those who cannot connect to it; tells whether a queue took it. */
function publishTo({ outbound, config }: Clients): PublishToBus {
  return async (routingKey, body) => {
    const model = await outbound.model(AbortSignal.timeout(brokerWaitMs));
    const channel = await model.createConfirmChannel();
    let routed = true;
    channel.on('return', () => {
      routed = false;
    });
    const properties = { contentType: 'application/json', mandatory: true };
    channel.publish(config.exchangeName, routingKey, body, properties);
    await channel.waitForConfirms();
    await channel.close();
    return routed;
  };
}
