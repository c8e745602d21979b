import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import pg from 'pg';
import { drivenBy } from './driven-by.ts';
import { Pipeline } from './pipeline.ts';
import { ReadDriver } from './read-driver.ts';
import { responsivePool } from './responsive-pool.ts';
import { Sockets } from './sockets.ts';
import { StatementNames } from './statement-names.ts';
import type { ControlTables, ReadModels } from './tables.ts';
import { valueParsers } from './value-parsers.ts';

/** How much longer than a statement may run its answer may take. */
const answerMs = 1_000;

/** Everything in the database; say which schema with `withSchema`. */
export type Tables = ReadModels & ControlTables;

export interface DatabaseOptions {
  readonly poolSize: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Longest time of one statement; 0 is no limit, for migrations and comparisons. Default 30 s. */
  readonly statementTimeoutMs?: number;
  /**
   * Whether statements that come again and again are planned once, and by what indexes lead to:
   * planned while a table is small, they would read all of it when it no longer is. Default false.
   */
  readonly preparing?: boolean;
  /** Hears of idle connections that were lost; the pool replaces them by itself. */
  readonly onConnectionLost?: (error: Error) => void;
}

/**
 * Opens a pool of connections; nothing is connected before the first query.
 * Values come as `valueParsers` says. No statement runs, waits for a lock, or leaves a transaction
 * idle for ever, and no caller waits for ever for a connection: the errors of these limits, and of
 * a database that is away, are those `isDatabaseAway` knows.
 */
export function connectDatabase(url: string, options: DatabaseOptions): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: poolOf(url, options) }) });
}

/**
 * Opens a database for single statements that read, on `poolSize` connections, and as many again
 * that statements with a name share. Limits and errors are those of `connectDatabase`.
 */
export function connectReads(url: string, options: DatabaseOptions): Kysely<Tables> {
  const { poolSize, applicationName } = options;
  const settings = { ...connectionSettings(url, applicationName), ...limitsOf(options) };
  const pipeline = new Pipeline(settings, poolSize, new Sockets());
  const driver = new ReadDriver(pipeline, poolOf(url, options));
  return new Kysely<Tables>({ dialect: drivenBy(driver) });
}

function poolOf(url: string, options: DatabaseOptions): PostgresPool {
  const { applicationName, preparing = false } = options;
  const sockets = new Sockets();
  const settings = connectionSettings(url, applicationName);
  const pool = new pg.Pool({
    ...settings,
    ...limitsOf(options),
    ...(preparing && { options: `${settings.options} -c enable_seqscan=off` }),
    stream: sockets.create,
    pipeline: true,
    max: options.poolSize,
    idleTimeoutMillis: 60_000,
  });
  // Without handlers a connection that breaks ends the process: the pool's own hears of idle ones,
  // and one that breaks between two queries of a transaction tells nobody but its client.
  pool.on('error', (error) => options.onConnectionLost?.(error));
  pool.on('connect', (client) => client.on('error', () => {}));
  return responsivePool(pool, sockets, preparing ? new StatementNames() : null);
}

const limitsOf = ({ statementTimeoutMs = 30_000 }: DatabaseOptions): pg.ClientConfig => ({
  connectionTimeoutMillis: 5_000,
  statement_timeout: statementTimeoutMs,
  lock_timeout: 10_000,
  idle_in_transaction_session_timeout: 30_000,
  // The server's own limit does not help when the server, or the way to it, is frozen.
  ...(statementTimeoutMs > 0 && { query_timeout: statementTimeoutMs + answerMs }),
});

// A session whose client has gone without a word holds its locks, the leader's among them, until
// the server hears of it: by these after ten seconds, by its system's own settings after two hours.
const ofLostClients = [
  'tcp_keepalives_idle=4',
  'tcp_keepalives_interval=2',
  'tcp_keepalives_count=3',
  'tcp_user_timeout=10000',
];

/** What every connection has in common, in the pool or on its own (leader lock, LISTEN). */
export function connectionSettings(url: string, applicationName: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: applicationName,
    options: ['timezone=UTC', ...ofLostClients].map((setting) => `-c ${setting}`).join(' '),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: valueParsers,
  };
}
