import type { Writable } from 'node:stream';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type pg from 'pg';
import { AnsweringClients } from './answering-clients.ts';
import { CopyData, copyIn } from './copy-in.ts';
import { isOutdated } from './outdated-statement.ts';
import { sendTogether } from './send-together.ts';
import type { Sockets } from './sockets.ts';
import type { StatementNames } from './statement-names.ts';

/**
 * The pool as kysely uses it, without connections that have gone silent, at rest or at work. After
 * `query_timeout` the driver tells the caller first, and its connection only later: back in the pool
 * meanwhile, it would fail whoever gets it next. What is asked in one go is sent in one.
 * @param names for statements with parameters; without it each is planned anew
 */
export function responsivePool(
  pool: pg.Pool,
  sockets: Sockets,
  names: StatementNames | null,
): PostgresPool {
  const clients = new AnsweringClients(pool);
  return {
    connect: async () => givenUpWhenSilent(clients, await clients.connect(), names),
    end: () => sockets.closed(pool.end()),
  };
}

function givenUpWhenSilent(
  clients: AnsweringClients,
  client: pg.PoolClient & Pick<pg.Client, 'end'>,
  names: StatementNames | null,
): PostgresPoolClient {
  let outdated = false;
  const query = async (text: string, parameters: unknown[]) => {
    // Until nothing more is asked in this step of the event loop.
    sendTogether(streamOf(client), process.nextTick);
    try {
      const [data] = parameters;
      if (data instanceof CopyData) {
        await copyIn(client, text, data);
        return { rows: [] };
      }
      const name = parameters.length > 0 ? names?.nameOf(text) : undefined;
      return await client.query({ text, values: parameters, ...(name && { name }) });
    } catch (error) {
      if (isOutdated(error)) outdated = true;
      // The pool takes it out when it is released.
      if (isSilence(error)) client.end().catch(() => undefined);
      throw error;
    }
  };
  // Without cursors kysely asks for nothing but the form with a text.
  const asKyselyHasIt = query as unknown as PostgresPoolClient['query'];
  return { query: asKyselyHasIt, release: () => clients.release(client, outdated) };
}

/** Where a client sends what it is asked; left out of its types. */
const streamOf = (client: pg.PoolClient): Writable =>
  (client as unknown as { connection: { stream: Writable } }).connection.stream;

/** node-pg has no code for it. */
const isSilence = (error: unknown): boolean =>
  error instanceof Error && error.message === 'Query read timeout';
