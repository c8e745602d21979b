import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type pg from 'pg';
import { CopyLines, copyIn } from './copy-lines.ts';
import { isOutdated } from './outdated-statement.ts';
import type { Sockets } from './sockets.ts';
import type { StatementNames } from './statement-names.ts';

/**
 * The pool as kysely uses it, without connections that have gone silent. After `query_timeout` the
 * driver tells the caller and goes on waiting for the answer, with everything asked later behind it:
 * back in the pool, such a connection would fail whoever gets it next, for as long as its socket
 * stands.
 * @param names for statements with parameters; without it each is planned anew
 */
export function responsivePool(
  pool: pg.Pool,
  sockets: Sockets,
  names: StatementNames | null,
): PostgresPool {
  return {
    connect: async () => givenUpWhenSilent(await pool.connect(), names),
    end: () => sockets.closed(pool.end()),
  };
}

function givenUpWhenSilent(
  client: pg.PoolClient & Pick<pg.Client, 'end'>,
  names: StatementNames | null,
): PostgresPoolClient {
  let outdated = false;
  const query = async (text: string, parameters: unknown[]) => {
    try {
      const [lines] = parameters;
      if (lines instanceof CopyLines) {
        await copyIn(client, text, lines);
        return { rows: [] };
      }
      const name = parameters.length > 0 ? names?.nameOf(text) : undefined;
      return await client.query({ text, values: parameters, ...(name && { name }) });
    } catch (error) {
      if (isOutdated(error)) outdated = true;
      // Ends the socket at once, because a query is under way; the pool then takes it out.
      if (isSilence(error)) client.end().catch(() => undefined);
      throw error;
    }
  };
  // Without cursors kysely asks for nothing but the form with a text.
  const asKyselyHasIt = query as unknown as PostgresPoolClient['query'];
  return { query: asKyselyHasIt, release: () => client.release(outdated) };
}

/** node-pg has no code for it. */
const isSilence = (error: unknown): boolean =>
  error instanceof Error && error.message === 'Query read timeout';
