import { setTimeout as delay } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import { type Api, startApi } from './api.ts';
import { amqpConnector, BloodbankConnection } from './bloodbank/connection.ts';
import type { QueueConsumer } from './bloodbank/consumer.ts';
import { Publisher } from './bloodbank/publisher.ts';
import { readQueueDepths } from './bloodbank/queue-depths.ts';
import { topologyOf } from './bloodbank/topology.ts';
import type { CommandHandler } from './commands/command.ts';
import { EventSourcedCommandHandler } from './commands/handler.ts';
import { answeredInTime } from './commands/http/answered-in-time.ts';
import { metered } from './commands/metered.ts';
import { knownTicketIdentifiers, tellPlaneProjects } from './commands/plane-projects.ts';
import { completeMergedWork } from './commands/policies/complete-merged-work.ts';
import { completeTicketsOfKnownProjects } from './commands/policies/complete-tickets-of-known-projects.ts';
import { endWorkOfInactiveProjects } from './commands/policies/end-work-of-inactive-projects.ts';
import { joinUntrackedWork } from './commands/policies/join-untracked-work.ts';
import { linkNamedTickets } from './commands/policies/link-named-tickets.ts';
import { runPolicies } from './commands/policies/run-policies.ts';
import { v2EventsOf } from './commands/translation/v2-events.ts';
import { type Config, ConfigError, type Role } from './config.ts';
import { consumersOf } from './consumers.ts';
import type { Surroundings } from './embedded/embedded-default.ts';
import { connectEventStore } from './events/esdb-event-store.ts';
import type { EventStore } from './events/event-store.ts';
import { meteredAppend } from './events/metered-append.ts';
import type { PublishToBus } from './http/in-process-bus.ts';
import { createMetrics, type Door, type Metrics } from './metrics.ts';
import { probesOf } from './probes.ts';
import { activeWorkOf } from './projections/active-work.ts';
import {
  connectDatabase,
  connectReads,
  type DatabaseOptions,
  type Tables,
} from './projections/database.ts';
import { isDatabaseAway } from './projections/database-away.ts';
import { runAsLeader } from './projections/leader.ts';
import { migrate } from './projections/migrate.ts';
import { runProjector } from './projections/projector.ts';
import { SourceLag } from './projections/source-lag.ts';
import { ProjectionStatusReader } from './projections/status.ts';
import { liveSchema } from './projections/tables.ts';
import { unnamedTicketsOf } from './projections/unnamed-tickets.ts';
import { untrackedPlacesIn } from './projections/untracked-places.ts';
import { PositionWaiter } from './projections/waiter.ts';
import { redactText } from './redact.ts';
import type { Tracing } from './telemetry/tracing.ts';
import { within } from './within.ts';

export interface Service {
  /** Where it listens: for the API with the role `api`, for health, readiness and metrics always. */
  readonly url: string;
  /** Stops taking work, finishes what is in hand, then closes every client. */
  close(): Promise<void>;
}

/** The clients of one process, and what its roles share. */
interface Shared {
  readonly config: Config;
  readonly log: Logger;
  readonly store: EventStore;
  /** For what somebody waits for: its statements are short, or given up soon. */
  readonly db: Kysely<Tables>;
  /** For batches of events and migrations, which may take their time. */
  readonly projecting: Kysely<Tables>;
  readonly waiter: PositionWaiter;
  /** Where the API reads, and what knows how far that is. */
  readonly reads: { readonly db: Kysely<Tables>; readonly waiter: PositionWaiter };
  /** One to consume, one to publish: a broker that blocks publishers must still take our acks. */
  readonly inbound: BloodbankConnection;
  readonly outbound: BloodbankConnection;
  readonly handler: EventSourcedCommandHandler;
  readonly tracing: Tracing | null;
}

/** Something that runs until its signal aborts, and ends by itself then. */
type Task = (signal: AbortSignal) => Promise<void>;

// A read takes milliseconds; one that takes longer than this is better answered with a 503.
const readLimitMs = 5_000;

// Of the shutdown, which as a whole may take ten seconds.
const answerLimitMs = 4_000;
const finishLimitMs = 2_500;

// A scrape does not wait for a broker that is away.
const depthLimitMs = 500;

// A broker that is away must not keep iMi from answering over HTTP.
const brokerWaitMs = 3_000;

const now = (): string => new Date().toISOString();

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
    queues: () => readQueueDepths(shared.inbound, queues, AbortSignal.timeout(depthLimitMs)),
  });
  const shared = await connectAll(config, surroundings, log, metrics, tracing);
  const queues = Object.values(topologyOf(config.exchangeName, []).queues);
  const published = new SourceLag(shared);
  const stopping = new AbortController();
  const has = (role: Role): boolean => config.roles.includes(role);
  const run = (task: Task): Promise<void> => task(stopping.signal);
  const publisher = publisherOf(shared, metrics);
  const projection = new ProjectionStatusReader({ ...shared, schema: liveSchema });
  const handlerBehind = (door: Door): CommandHandler => {
    const traced = tracing?.commands(shared.handler, door) ?? shared.handler;
    return metered(traced, (...settled) => metrics.commandSettled(door, ...settled));
  };
  const consumers = consumersOf({ ...shared, now }, handlerBehind('bloodbank'), metrics);
  const tellOptions = { handler: handlerBehind('policy'), hostname: config.hostname, now };
  const running = [
    ...(has('commands')
      ? [
          ...consumers.map((consumer) => run((signal) => consumer.run(signal))),
          run((signal) => tellPlaneProjects(config.planeProjects, tellOptions, signal)),
          lead('policies', policiesOf(shared, handlerBehind('policy'))),
        ]
      : []),
    ...(has('projector') ? [lead('projector', projectorOf(shared, metrics))] : []),
    ...(has('publisher') ? [lead('publisher', (signal) => publisher.run(signal))] : []),
  ];
  const settled = Promise.allSettled(running);
  let api: Api | null = null;

  async function close(): Promise<void> {
    // What waits for a store that hangs would hold up the end: its connections are closed under it.
    await within(answerLimitMs, api?.close() ?? Promise.resolve()).catch(tooLong('requests'));
    stopping.abort();
    await within(finishLimitMs, settled).catch(tooLong('tasks'));
    await disconnect(shared);
  }

  function tooLong(of: string) {
    return (err: unknown) => log.warn({ err, of }, 'What is in hand does not come to its end');
  }

  try {
    // The bus in process cannot be away; under load its queues only take their time.
    const waitMs = surroundings.bus ? Number.POSITIVE_INFINITY : brokerWaitMs;
    if (has('commands')) await consuming(consumers, waitMs, log);
    api = await startApi({
      ...shared,
      db: shared.reads.db.withSchema(liveSchema),
      waiter: shared.reads.waiter,
      handler: answeredInTime(handlerBehind('http')),
      metrics,
      probes: probesOf({
        ...shared,
        schema: liveSchema,
        consumers,
        publisher,
        projection,
        consumes: has('commands'),
        onError: (part, err) => log.warn({ err, part }, 'A part of iMi does not answer'),
      }),
      serves: has('api'),
      publish: surroundings.bus && publishTo(shared),
      now,
    });
  } catch (error) {
    await close();
    throw error;
  }
  return { url: api.url, close };

  function lead(name: string, task: Task): Promise<void> {
    const onChange = (leading: boolean) => metrics.leads(name, leading);
    onChange(false);
    const options = { log, signal: stopping.signal, onChange };
    return runAsLeader(surroundings.databaseUrl, name, task, options);
  }
}

/** What is sent before its queue is there is lost to its sender: ready means that it is. */
async function consuming(
  consumers: readonly QueueConsumer[],
  waitMs: number,
  log: Logger,
): Promise<void> {
  const deadline = performance.now() + waitMs;
  while (consumers.some(({ status }) => status.state !== 'consuming')) {
    if (performance.now() > deadline) {
      log.warn('Bloodbank is away; commands are taken from it once it is back');
      return;
    }
    await delay(10);
  }
}

async function connectAll(
  config: Config,
  surroundings: Surroundings,
  log: Logger,
  metrics: Metrics,
  tracing: Tracing | null,
): Promise<Shared> {
  const { databaseUrl } = surroundings;
  const connect = (pool: Pick<DatabaseOptions, 'poolSize' | 'statementTimeoutMs'>) =>
    connectDatabase(databaseUrl, {
      ...pool,
      applicationName: 'imi',
      onConnectionLost: (err) => log.warn({ err }, 'A database connection was lost'),
    });
  const projecting = connect({ poolSize: 2 });
  try {
    for (const { schema, name } of await migrate(projecting))
      log.info({ schema, name }, 'Migrated');
  } catch (error) {
    await projecting.destroy();
    if (!isDatabaseAway(error)) throw error;
    const message = 'PostgreSQL does not answer: is it up, and IMI_DATABASE_URL right?';
    throw new ConfigError(`${message} (${redactText(String((error as Error).message))})`, {
      cause: error,
    });
  }
  const db = connect({ poolSize: config.databasePoolSize, statementTimeoutMs: readLimitMs });
  const store = connectEventStore(surroundings.eventStoreUrl);
  const waiter = new PositionWaiter({ db, schema: liveSchema, url: databaseUrl });
  const appended = meteredAppend(store, metrics.appended);
  const connectBus = surroundings.bus ?? amqpConnector(config.rabbitmqUrl ?? '');
  return {
    config,
    log,
    db,
    projecting,
    store,
    waiter,
    reads: readsOf({ config, log }, databaseUrl, waiter),
    inbound: new BloodbankConnection({ connect: connectBus, log, now }),
    outbound: new BloodbankConnection({ connect: connectBus, log, now }),
    tracing,
    handler: new EventSourcedCommandHandler(tracing?.append(appended) ?? appended, config),
  };
}

/** A replica has a checkpoint of its own, and so a waiter. */
function readsOf(
  { config, log }: Pick<Shared, 'config' | 'log'>,
  databaseUrl: string,
  waiter: PositionWaiter,
): Shared['reads'] {
  const { databaseReadUrl, databasePoolSize } = config;
  const db = connectReads(databaseReadUrl ?? databaseUrl, {
    poolSize: databasePoolSize,
    statementTimeoutMs: readLimitMs,
    applicationName: 'imi reads',
    onConnectionLost: (err) => log.warn({ err }, 'A connection of the reads was lost'),
  });
  if (databaseReadUrl === undefined) return { db, waiter };
  return { db, waiter: new PositionWaiter({ db, schema: liveSchema, url: null }) };
}

/** All at once: each may have to wait for an answer that does not come. */
async function disconnect(shared: Shared): Promise<void> {
  const { inbound, outbound, waiter, reads, store, db, projecting } = shared;
  await Promise.all([
    ...[inbound, outbound, store].map((each) => each.close()),
    ...[...new Set([waiter, reads.waiter])].map((each) => each.close()),
    ...[...new Set([db, projecting, reads.db])].map((each) => each.destroy()),
  ]);
}

/** Publishes on the bus in process, for those who cannot connect to it; tells whether a queue took it. */
function publishTo({ outbound, config }: Shared): PublishToBus {
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

const publisherOf = (
  { config, log, store, outbound, tracing }: Shared,
  metrics: Metrics,
): Publisher =>
  new Publisher({
    store,
    connection: outbound,
    exchange: config.exchangeName,
    hostname: config.hostname,
    log,
    now,
    ...(config.publishV2Events && { alsoSaid: v2EventsOf }),
    onPublished: ({ metadata }) => metrics.published(metadata.occurred_at),
    ...(tracing && { onSend: tracing.publication }),
  });

const projectorOf =
  ({ store, projecting, log, waiter, tracing }: Shared, metrics: Metrics): Task =>
  (signal) =>
    runProjector({
      store,
      db: projecting,
      schema: liveSchema,
      log,
      signal,
      onPosition: (position) => waiter.reached(position),
      onProjected: (events, seconds) => {
        metrics.projected(events.map(({ metadata }) => metadata.occurred_at));
        tracing?.projection(events, seconds);
      },
    });

function policiesOf({ store, config, log, db, waiter }: Shared, handler: CommandHandler): Task {
  const activeWork = (projectId: string, position: bigint) =>
    activeWorkOf({ db, schema: liveSchema }, waiter, projectId, position);
  const unnamed = (planeProjectId: string, position: bigint) =>
    unnamedTicketsOf({ db, schema: liveSchema }, waiter, planeProjectId, position);
  const policies = [
    endWorkOfInactiveProjects(store, activeWork),
    completeMergedWork(store),
    completeTicketsOfKnownProjects(unnamed),
    joinUntrackedWork(store, untrackedPlacesIn({ db, schema: liveSchema }, waiter)),
    linkNamedTickets(store, knownTicketIdentifiers(config.planeProjects, store)),
  ];
  const { hostname } = config;
  return (signal) => runPolicies({ store, handler, policies, hostname, log, now }, signal);
}
