import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Client, escapeIdentifier } from 'pg';
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import { startRabbit } from './start-rabbit.ts';
import { testFolder } from './test-folder.ts';

/** What the tests may ask of the process that runs them; each service starts when first asked. */
export interface ServiceHost {
  readonly requests: { readonly [name: string]: (argument: string) => Promise<unknown> };
  close(): Promise<void>;
}

/** A database of a test's own. */
export interface DatabaseGrant {
  readonly url: string;
  readonly name: string;
}

/** A place on a broker that a test has for itself. */
export interface RabbitGrant {
  readonly url: string;
  /** Set when the place is a vhost of its own; otherwise exchanges and queues need own names. */
  readonly vhost?: string;
}

interface RabbitServer {
  readonly url: string;
  readonly managementUrl?: string;
}

/**
 * The services that all test files of a run share: PostgreSQL, RabbitMQ and the event store, each
 * started once and only when a test asks for it.
 */
export function createServiceHost(env: NodeJS.ProcessEnv = process.env): ServiceHost {
  const closers: (() => Promise<unknown>)[] = [];

  const postgres = once(async () => {
    if (env.IMI_TEST_DATABASE_URL) return env.IMI_TEST_DATABASE_URL;
    const dataDir = await testFolder('postgres');
    const server = await startEmbeddedPostgres({ dataDir, durable: false });
    closers.push(async () => {
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    });
    return server.url;
  });

  const rabbit = once(async (): Promise<RabbitServer> => {
    if (env.IMI_TEST_RABBITMQ_URL) {
      return {
        url: env.IMI_TEST_RABBITMQ_URL,
        ...(env.IMI_TEST_RABBITMQ_MANAGEMENT_URL && {
          managementUrl: env.IMI_TEST_RABBITMQ_MANAGEMENT_URL,
        }),
      };
    }
    const broker = await startRabbit();
    closers.push(broker.close);
    return broker;
  });

  const eventStore = once(async () => {
    if (env.IMI_TEST_EVENTSTORE_URL) return env.IMI_TEST_EVENTSTORE_URL;
    const { startEventStoreServer } = await import('../../src/embedded/event-store/server.ts');
    const dataDir = await testFolder('event-store');
    const server = await startEventStoreServer({ dataDir, port: 0, host: '127.0.0.1' });
    closers.push(async () => {
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    });
    return server.url;
  });

  const databases = new Set<string>();
  const vhosts = new Set<string>();

  const requests = {
    'event-store': () => eventStore(),
    'create-database': async (): Promise<DatabaseGrant> => {
      const server = await postgres();
      const name = `imi_test_${randomBytes(6).toString('hex')}`;
      await administer(server, `CREATE DATABASE ${escapeIdentifier(name)}`);
      databases.add(name);
      const url = new URL(server);
      url.pathname = `/${name}`;
      return { url: url.href, name };
    },
    'drop-database': async (name: string) => {
      if (!databases.delete(name)) return;
      const statement = `DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`;
      await administer(await postgres(), statement);
    },
    'create-vhost': async (): Promise<RabbitGrant> => {
      const server = await rabbit();
      const vhost = `imi-test-${randomBytes(6).toString('hex')}`;
      if (!(await manage(server, 'PUT', vhost))) return { url: server.url };
      vhosts.add(vhost);
      const url = new URL(server.url);
      url.pathname = `/${vhost}`;
      return { url: url.href, vhost };
    },
    'delete-vhost': async (vhost: string) => {
      if (vhosts.delete(vhost)) await manage(await rabbit(), 'DELETE', vhost);
    },
  };

  return {
    requests,
    async close() {
      // On a server that was given by its URL nothing of ours may stay.
      await Promise.all([...databases].map(requests['drop-database']));
      await Promise.all([...vhosts].map(requests['delete-vhost']));
      await Promise.all(closers.map((close) => close()));
    },
  };
}

function once<T>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => {
    started ??= start();
    return started;
  };
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** @returns false when the broker has no management API that lets us */
async function manage(server: RabbitServer, method: string, vhost: string): Promise<boolean> {
  if (server.managementUrl === undefined) return false;
  const { origin, username, password } = new URL(server.managementUrl);
  const credentials = Buffer.from(`${username}:${password}`).toString('base64');
  const response = await fetch(`${origin}/api/vhosts/${vhost}`, {
    method,
    headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json' },
  }).catch(() => undefined);
  return response?.ok ?? false;
}
