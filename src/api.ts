import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import { apiRoutes } from './api-routes.ts';
import type { CommandHandler } from './commands/command.ts';
import type { Snapshots } from './commands/snapshots.ts';
import { type Config, ConfigError, hasKeys } from './config.ts';
import { type EventStore, StoreUnavailableError } from './events/event-store.ts';
import { asyncApiRoute } from './http/contract-routes.ts';
import { inProcessBusRoutes, type PublishToBus } from './http/in-process-bus.ts';
import { isLoopback } from './http/local-names.ts';
import { buildServer } from './http/server.ts';
import type { Metrics } from './metrics.ts';
import { isDatabaseAway } from './projections/database-away.ts';
import type { PositionWaiter } from './projections/waiter.ts';
import { EventFeed } from './read-api/events/event-feed.ts';
import type { HealthProbes } from './read-api/health.ts';
import type { ReadDatabase } from './read-api/read-database.ts';
import { operations } from './read-api/routes/operations.ts';
import type { Tracing } from './telemetry/tracing.ts';

export interface ApiOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly handler: CommandHandler;
  readonly store: EventStore;
  readonly snapshots: Snapshots;
  readonly db: ReadDatabase;
  readonly waiter: PositionWaiter;
  readonly metrics: Metrics;
  readonly tracing: Tracing | null;
  readonly probes: HealthProbes;
  /** Whether this process has the role `api`; without it only health, readiness and metrics answer. */
  readonly serves: boolean;
  /** The bus, when it lives in this process and others cannot connect to it. */
  readonly publish: PublishToBus | null;
  readonly now: () => string;
}

export interface Api {
  /** Answers from now on; the URL where it does. Throws `ConfigError` when the port is taken. */
  listen(): Promise<string>;
  /** Takes no more requests, answers those it has, then closes. */
  close(): Promise<void>;
}

function explained(error: Error & { readonly code?: string; readonly port?: number }): never {
  if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
  const why = error.code === 'EADDRINUSE' ? 'is in use' : 'may not be listened on';
  throw new ConfigError(`Port ${error.port} ${why}: set IMI_PORT to another`, { cause: error });
}

/** Puts the doors and the reads on one server, which does not listen yet. */
export async function buildApi(options: ApiOptions): Promise<Api> {
  const { config, log, handler, store, snapshots, db, waiter, metrics, tracing, serves, now } =
    options;
  const { hostname, remoteHosts } = config;
  const feed = new EventFeed({ store, log });
  let closing = false;
  const server = await buildServer({
    logger: log,
    version: packageJson.version,
    bodyLimit: config.bodyLimit,
    corsOrigins: config.corsOrigins,
    apiKey: config.apiKey,
    apiKeys: config.apiKeys,
    maxConnections: config.maxConnections,
    onConnectionRefused: metrics.connectionRefused,
    localOnly: !hasKeys(config) && isLoopback(config.host),
    isUnavailable: (error) => error instanceof StoreUnavailableError || isDatabaseAway(error),
    ...(config.rateLimit > 0 && { requestsPerMinute: config.rateLimit }),
    newId: randomUUID,
    onAnswered: (request) => metrics.requestAnswered(request),
    ...(tracing && { inTraceOf: tracing.inTraceOf }),
    api: serves
      ? apiRoutes({
          ...{ handler, store, snapshots, db, feed, hostname, remoteHosts, now },
          newId: randomUUID,
          waitFor: (position, timeoutMs) => waiter.waitFor(position, timeoutMs),
          timeoutMs: config.consistencyTimeoutMs,
          maxStreams: config.eventStreams,
          staleDays: config.staleDays,
        })
      : [],
    operations: [
      operations({
        version: packageJson.version,
        uptimeSeconds: () => process.uptime(),
        probes: options.probes,
        isReady: () => !closing,
        metrics: metrics.registry,
      }),
      asyncApiRoute(async () => {
        const { asyncApiOf } = await import('./contract/asyncapi.ts');
        return asyncApiOf({
          version: packageJson.version,
          exchange: config.exchangeName,
          queueType: config.queueType,
          brokerUrl: config.rabbitmqUrl,
        });
      }),
      ...(serves && options.publish ? [inProcessBusRoutes(options.publish)] : []),
    ],
  });
  await server.ready();
  return {
    async listen() {
      const { host, port } = config;
      const url = await server.listen({ host, port }).catch(explained);
      return url.replace('0.0.0.0', '127.0.0.1');
    },
    async close() {
      closing = true;
      await server.close();
      await feed.close();
    },
  };
}
