import type { FastifyInstance } from 'fastify';
import { v4 as uuid4 } from 'uuid';
import { expect } from 'vitest';
import { apiRoutes } from '../../src/api-routes.ts';
import type { Outcome } from '../../src/commands/command.ts';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import { Snapshots } from '../../src/commands/snapshots.ts';
import { connectReads } from '../../src/projections/database.ts';
import { isDatabaseAway } from '../../src/projections/database-away.ts';
import { rebuildInto } from '../../src/projections/rebuild.ts';
import { swapGeneration, verifyGeneration } from '../../src/projections/swap-generation.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { EventFeed } from '../../src/read-api/events/event-feed.ts';
import { operations } from '../../src/read-api/routes/operations.ts';
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
  /** Puts read models that are built anew in the place of these; nothing is projected after that. */
  rebuild(): Promise<void>;
  close(): Promise<void>;
}

/** The whole way of a request on real PostgreSQL: door, handler, store in memory, projector, reads. */
export async function startStack(now = () => new Date().toISOString()): Promise<Stack> {
  const store = new LiveEventStore();
  const models = await testReadModels();
  const projector = startProjector(models, store);
  const reads = connectReads(models.url, { poolSize: 2, applicationName: 'imi-test reads' });
  const db = reads.withSchema(liveSchema);
  const waitFor = projector.waiter.waitFor.bind(projector.waiter);
  const handler = new EventSourcedCommandHandler(store, settings);
  const feed = new EventFeed({ store, log: silent });
  const app = await serverWith({
    isUnavailable: isDatabaseAway,
    api: apiRoutes({
      ...{
        handler,
        store,
        snapshots: new Snapshots(store),
        db,
        feed,
        remoteHosts,
        waitFor,
        timeoutMs,
      },
      now,
      newId: uuid4,
      hostname: 'test-host',
      maxStreams: 10,
      staleDays: 14,
    }),
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
    send: async (name, body, at = now()) => {
      const outcome = await handler.handle(command(name, body, { now: at }));
      if (outcome.position !== null) await waitFor(outcome.position, timeoutMs);
      return outcome;
    },
    rebuild: async () => {
      const options = {
        ...{ db: models.db, schema: liveSchema, into: 'imi_read_next', store },
        signal: AbortSignal.timeout(timeoutMs),
      };
      await rebuildInto(options);
      expect(await verifyGeneration(options)).toEqual([]);
      await swapGeneration(options);
    },
    close: async () => {
      await app.close();
      await feed.close();
      await projector.stop();
      await reads.destroy();
      await models.close();
    },
  };
}
