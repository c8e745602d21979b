import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import { amqpConnector, BloodbankConnection } from './bloodbank/connection.ts';
import { EventSourcedCommandHandler } from './commands/handler.ts';
import { Snapshots } from './commands/snapshots.ts';
import { type Config, ConfigError } from './config.ts';
import type { Surroundings } from './embedded/embedded-default.ts';
import { connectEventStore } from './events/esdb-event-store.ts';
import type { EventStore } from './events/event-store.ts';
import { meteredAppend } from './events/metered-append.ts';
import type { Metrics } from './metrics.ts';
import { now } from './now.ts';
import {
  connectDatabase,
  connectReads,
  type DatabaseOptions,
  type Tables,
} from './projections/database.ts';
import { isDatabaseAway } from './projections/database-away.ts';
import { migrate } from './projections/migrate.ts';
import { liveSchema } from './projections/tables.ts';
import { PositionWaiter } from './projections/waiter.ts';
import { redactText } from './redact.ts';
import type { Tracing } from './telemetry/tracing.ts';

/** The clients of one process, and what its roles share. */
export interface Clients {
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
  readonly snapshots: Snapshots;
  readonly handler: EventSourcedCommandHandler;
  readonly tracing: Tracing | null;
}

// A read takes milliseconds; one that takes longer than this is better answered with a 503.
const readLimitMs = 5_000;

/**
 * Connects to all that the surroundings name, and migrates the database. Bloodbank and the event
 * store may be away; throws `ConfigError` when PostgreSQL is, with nothing left open.
 */
export async function connectAll(
  config: Config,
  surroundings: Surroundings,
  log: Logger,
  metrics: Metrics,
  tracing: Tracing | null,
): Promise<Clients> {
  const { databaseUrl } = surroundings;
  const connect = (pool: Pick<DatabaseOptions, 'poolSize' | 'statementTimeoutMs' | 'preparing'>) =>
    connectDatabase(databaseUrl, {
      ...pool,
      applicationName: 'imi',
      onConnectionLost: (err) => log.warn({ err }, 'A database connection was lost'),
    });
  const projecting = connect({ poolSize: 2, preparing: true });
  const connectBus = surroundings.bus ?? amqpConnector(config.rabbitmqUrl ?? '');
  const bus = { connect: connectBus, log, now };
  // Before the migrations: they take about as long as the way to the broker.
  const [inbound, outbound] = [new BloodbankConnection(bus), new BloodbankConnection(bus)];
  try {
    await migrated(projecting, log);
  } catch (error) {
    await Promise.all([projecting.destroy(), inbound.close(), outbound.close()]);
    throw error;
  }
  const db = connect({ poolSize: config.databasePoolSize, statementTimeoutMs: readLimitMs });
  const store = connectEventStore(surroundings.eventStoreUrl);
  const waiter = new PositionWaiter({ db, schema: liveSchema, url: databaseUrl });
  const metered = meteredAppend(store, metrics.appended);
  const appending = tracing?.append(metered) ?? metered;
  const snapshots = new Snapshots(appending);
  return {
    config,
    log,
    db,
    projecting,
    store,
    waiter,
    reads: readsOf(config, log, databaseUrl, waiter),
    inbound,
    outbound,
    tracing,
    snapshots,
    handler: new EventSourcedCommandHandler(appending, config, snapshots),
  };
}

async function migrated(db: Kysely<Tables>, log: Logger): Promise<void> {
  try {
    for (const { schema, name } of await migrate(db)) log.info({ schema, name }, 'Migrated');
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    const message = 'PostgreSQL does not answer: is it up, and IMI_DATABASE_URL right?';
    throw new ConfigError(`${message} (${redactText(String((error as Error).message))})`, {
      cause: error,
    });
  }
}

/** A replica has a checkpoint of its own, and so a waiter. */
function readsOf(
  { databaseReadUrl, databasePoolSize }: Config,
  log: Logger,
  databaseUrl: string,
  waiter: PositionWaiter,
): Clients['reads'] {
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
export async function disconnect(clients: Clients): Promise<void> {
  const { inbound, outbound, waiter, reads, store, db, projecting } = clients;
  await Promise.all([
    ...[inbound, outbound, store].map((each) => each.close()),
    ...[...new Set([waiter, reads.waiter])].map((each) => each.close()),
    ...[...new Set([db, projecting, reads.db])].map((each) => each.destroy()),
  ]);
}
