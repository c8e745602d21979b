import type { FastifyInstance } from 'fastify';
import { v4 as uuid4 } from 'uuid';
import type { Outcome } from '../../src/commands/command.ts';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import { componentCommands } from '../../src/commands/http/component-commands.ts';
import { componentImports } from '../../src/commands/http/component-imports.ts';
import { deployCommands } from '../../src/commands/http/deploy-commands.ts';
import { linkCommands } from '../../src/commands/http/link-commands.ts';
import { prLinkCommands } from '../../src/commands/http/pr-link-commands.ts';
import { projectCommands } from '../../src/commands/http/project-commands.ts';
import { workItemCommands } from '../../src/commands/http/work-item-commands.ts';
import { WriteDoor } from '../../src/commands/http/write-door.ts';
import { ComponentImporter } from '../../src/commands/import-components.ts';
import { comeTo } from '../../src/http/consistency.ts';
import { isDatabaseAway } from '../../src/projections/database-away.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { EventFeed } from '../../src/read-api/events/event-feed.ts';
import { findRelationship } from '../../src/read-api/queries/component-relationships.ts';
import { componentsOfProject, findComponent } from '../../src/read-api/queries/components.ts';
import { findDeploy } from '../../src/read-api/queries/deploys.ts';
import { findPrLink } from '../../src/read-api/queries/pr-links.ts';
import { findProject } from '../../src/read-api/queries/projects.ts';
import { findTicketLink } from '../../src/read-api/queries/ticket-links.ts';
import { findWorkItem } from '../../src/read-api/queries/work-items.ts';
import { componentReads } from '../../src/read-api/routes/component-reads.ts';
import { eventReads } from '../../src/read-api/routes/event-reads.ts';
import { eventStreamRoute } from '../../src/read-api/routes/event-stream.ts';
import { historyReads } from '../../src/read-api/routes/history-reads.ts';
import { linkReads } from '../../src/read-api/routes/link-reads.ts';
import { operations } from '../../src/read-api/routes/operations.ts';
import { projectReads } from '../../src/read-api/routes/project-reads.ts';
import { statsReads } from '../../src/read-api/routes/stats-reads.ts';
import { traceReads } from '../../src/read-api/routes/trace-reads.ts';
import { workItemReads } from '../../src/read-api/routes/work-item-reads.ts';
import { serverWith } from '../http/server.ts';
import { silent, startProjector, testReadModels } from '../projections/setup.ts';
import { command, settings } from '../support/commands.ts';
import { LiveEventStore } from '../support/live-event-store.ts';
import { createHealthyProbes } from './probes.ts';

const timeoutMs = 20_000;
const remoteHosts = ['github.com'];

/** An answer whose form is what the test is about. */
// biome-ignore lint/suspicious/noExplicitAny: so that a test can say what it expects, and no more
export type Json = any;

export interface Stack {
  readonly app: FastifyInstance;
  readonly store: LiveEventStore;
  /** Answers the body of a request that must succeed. */
  get(path: string): Promise<Json>;
  post(path: string, payload: object): Promise<Json>;
  patch(path: string, payload: object): Promise<Json>;
  /** Hands a command over as the bus would, and answers once it can be read. */
  send(name: string, body: object, now?: string): Promise<Outcome>;
  close(): Promise<void>;
}

/** The whole way of a request on real PostgreSQL: door, handler, store in memory, projector, reads. */
export async function startStack(): Promise<Stack> {
  const store = new LiveEventStore();
  const models = await testReadModels();
  const projector = startProjector(models, store);
  const db = models.db.withSchema(liveSchema);
  const waitFor = projector.waiter.waitFor.bind(projector.waiter);
  const reads = { db, waitFor, timeoutMs, remoteHosts };
  const handler = new EventSourcedCommandHandler(store, settings);
  const door = new WriteDoor({
    handler,
    now: () => new Date().toISOString(),
    newId: uuid4,
    hostname: 'test-host',
    waitFor,
    timeoutMs,
  });
  const feed = new EventFeed({ store, log: silent });
  const importer = new ComponentImporter({
    ...{ handler, store, remoteHosts },
    componentsOf: async (projectId, position) => {
      if (position !== null) await comeTo({ waitFor, timeoutMs }, position);
      return componentsOfProject(db, projectId);
    },
  });
  const app = await serverWith({
    isUnavailable: isDatabaseAway,
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
      eventReads({ store }),
      eventStreamRoute({ feed, maxStreams: 10 }),
    ],
    operations: [operations(createHealthyProbes())],
  });
  const ask = async (method: 'GET' | 'POST' | 'PATCH', path: string, payload?: object) => {
    const response = await app.inject({
      method,
      url: `/api/v1${path}`,
      ...(payload && { payload }),
    });
    if (response.statusCode >= 300 || response.statusCode === 202) {
      throw new Error(`${method} ${path} answered ${response.statusCode} ${response.body}`);
    }
    return response.json();
  };
  return {
    app,
    store,
    get: (path) => ask('GET', path),
    post: (path, payload) => ask('POST', path, payload),
    patch: (path, payload) => ask('PATCH', path, payload),
    send: async (name, body, now = new Date().toISOString()) => {
      const outcome = await handler.handle(command(name, body, { now }));
      if (outcome.position !== null) await waitFor(outcome.position, timeoutMs);
      return outcome;
    },
    close: async () => {
      await app.close();
      await feed.close();
      await projector.stop();
      await models.close();
    },
  };
}
