import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import type { CommandHandler } from './commands/command.ts';
import { componentCommands } from './commands/http/component-commands.ts';
import { componentImports } from './commands/http/component-imports.ts';
import { deployCommands } from './commands/http/deploy-commands.ts';
import { linkCommands } from './commands/http/link-commands.ts';
import { prLinkCommands } from './commands/http/pr-link-commands.ts';
import { projectCommands } from './commands/http/project-commands.ts';
import { workItemCommands } from './commands/http/work-item-commands.ts';
import { WriteDoor } from './commands/http/write-door.ts';
import { ComponentImporter } from './commands/import-components.ts';
import { type Config, ConfigError } from './config.ts';
import { asyncApiOf } from './contract/asyncapi.ts';
import { schemaDocuments } from './contract/schema-documents.ts';
import { type EventStore, StoreUnavailableError } from './events/event-store.ts';
import { comeTo } from './http/consistency.ts';
import { asyncApiRoute, schemaRoutes } from './http/contract-routes.ts';
import { inProcessBusRoutes, type PublishToBus } from './http/in-process-bus.ts';
import { buildServer } from './http/server.ts';
import type { Metrics } from './metrics.ts';
import { isDatabaseAway } from './projections/database-away.ts';
import type { PositionWaiter } from './projections/waiter.ts';
import { EventFeed } from './read-api/events/event-feed.ts';
import type { HealthProbes } from './read-api/health.ts';
import { findRelationship } from './read-api/queries/component-relationships.ts';
import { componentsOfProject, findComponent } from './read-api/queries/components.ts';
import { findDeploy } from './read-api/queries/deploys.ts';
import { findPrLink } from './read-api/queries/pr-links.ts';
import { findProject } from './read-api/queries/projects.ts';
import { findTicketLink } from './read-api/queries/ticket-links.ts';
import { findWorkItem } from './read-api/queries/work-items.ts';
import type { ReadDatabase } from './read-api/read-database.ts';
import { componentReads } from './read-api/routes/component-reads.ts';
import { eventReads } from './read-api/routes/event-reads.ts';
import { eventStreamRoute } from './read-api/routes/event-stream.ts';
import { historyReads } from './read-api/routes/history-reads.ts';
import { linkReads } from './read-api/routes/link-reads.ts';
import { operations } from './read-api/routes/operations.ts';
import { projectReads } from './read-api/routes/project-reads.ts';
import { statsReads } from './read-api/routes/stats-reads.ts';
import { traceReads } from './read-api/routes/trace-reads.ts';
import { workItemReads } from './read-api/routes/work-item-reads.ts';

export interface ApiOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly handler: CommandHandler;
  readonly store: EventStore;
  readonly db: ReadDatabase;
  readonly waiter: PositionWaiter;
  readonly metrics: Metrics;
  readonly probes: HealthProbes;
  /** The bus, when it lives in this process and others cannot connect to it. */
  readonly publish: PublishToBus | null;
  readonly now: () => string;
}

export interface Api {
  readonly url: string;
  /** Takes no more requests, answers those it has, then closes. */
  close(): Promise<void>;
}

function explained(error: Error & { readonly code?: string; readonly port?: number }): never {
  if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
  const why = error.code === 'EADDRINUSE' ? 'is in use' : 'may not be listened on';
  throw new ConfigError(`Port ${error.port} ${why}: set IMI_PORT to another`, { cause: error });
}

/** Puts the doors and the reads on one server and listens. Throws when the port is taken. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { config, log, handler, store, db, waiter, metrics, now } = options;
  const { hostname, remoteHosts } = config;
  const consistency = {
    waitFor: (position: bigint, timeoutMs: number) => waiter.waitFor(position, timeoutMs),
    timeoutMs: config.consistencyTimeoutMs,
  };
  const door = new WriteDoor({ handler, now, newId: randomUUID, hostname, ...consistency });
  const reads = { db, remoteHosts, ...consistency };
  const feed = new EventFeed({ store, log });
  const componentsOf = async (projectId: string, position: bigint | null) => {
    if (position !== null) await comeTo(consistency, position);
    return componentsOfProject(db, projectId);
  };
  const importer = new ComponentImporter({ handler, store, remoteHosts, componentsOf });
  let closing = false;
  const server = await buildServer({
    logger: log,
    version: packageJson.version,
    bodyLimit: config.bodyLimit,
    corsOrigins: config.corsOrigins,
    apiKey: config.apiKey,
    apiKeys: config.apiKeys,
    isUnavailable: (error) => error instanceof StoreUnavailableError || isDatabaseAway(error),
    ...(config.rateLimit > 0 && { requestsPerMinute: config.rateLimit }),
    newId: randomUUID,
    onAnswered: (request) => metrics.requestAnswered(request),
    api: [
      projectCommands({ door, readProject: (id) => findProject(db, id) }),
      workItemCommands({ door, readWorkItem: (id) => findWorkItem(db, id) }),
      linkCommands({ door, readTicketLink: (id) => findTicketLink(db, id) }),
      prLinkCommands({ door, readPrLink: (id) => findPrLink(db, id) }),
      deployCommands({ door, readDeploy: (deployId) => findDeploy(db, deployId) }),
      componentCommands({
        door,
        readComponent: (id) => findComponent(db, id),
        readRelationship: (id) => findRelationship(db, id),
      }),
      componentImports({ door, importer }),
      componentReads(reads),
      projectReads(reads),
      workItemReads(reads),
      linkReads(reads),
      traceReads(reads),
      statsReads(reads),
      historyReads({ store }),
      schemaRoutes(schemaDocuments),
      eventReads({ store }),
      eventStreamRoute({ feed, maxStreams: config.eventStreams }),
    ],
    operations: [
      operations({
        version: packageJson.version,
        uptimeSeconds: () => process.uptime(),
        probes: options.probes,
        isReady: () => !closing,
        metrics: metrics.registry,
      }),
      asyncApiRoute(() =>
        asyncApiOf({
          version: packageJson.version,
          exchange: config.exchangeName,
          queueType: config.queueType,
          brokerUrl: config.rabbitmqUrl,
        }),
      ),
      ...(options.publish ? [inProcessBusRoutes(options.publish)] : []),
    ],
  });
  const url = await server.listen({ host: config.host, port: config.port }).catch(explained);
  return {
    url: url.replace('0.0.0.0', '127.0.0.1'),
    async close() {
      closing = true;
      await server.close();
      await feed.close();
    },
  };
}
