import type { CompiledQuery, DatabaseConnection, Driver, PostgresPool, QueryResult } from 'kysely';
import type { NamedStatement } from './named-query.ts';
import type { Pipeline } from './pipeline.ts';

/**
 * For reads, each a statement of its own: those that were given a name share connections, so that
 * none waits for a free one and each is planned once; all others have one to themselves, so that a
 * long one holds up nobody. There are no transactions.
 */
export class ReadDriver implements Driver, DatabaseConnection {
  readonly #pipeline: Pipeline;
  readonly #pool: PostgresPool;

  constructor(pipeline: Pipeline, pool: PostgresPool) {
    this.#pipeline = pipeline;
    this.#pool = pool;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows } = isNamed(query) ? await this.#pipeline.query(query) : await this.#alone(query);
    return { rows: rows as Row[] };
  }

  async #alone({ sql, parameters }: CompiledQuery): Promise<{ readonly rows: readonly unknown[] }> {
    const client = await this.#pool.connect();
    try {
      return await client.query(sql, parameters);
    } finally {
      client.release();
    }
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this;
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    await Promise.all([this.#pipeline.close(), this.#pool.end()]);
  }

  streamQuery(): never {
    throw notForReads();
  }

  async beginTransaction(): Promise<void> {
    throw notForReads();
  }

  async commitTransaction(): Promise<void> {
    throw notForReads();
  }

  async rollbackTransaction(): Promise<void> {
    throw notForReads();
  }
}

const notForReads = () => new Error('Reads are single statements');

const isNamed = (query: CompiledQuery): query is CompiledQuery & NamedStatement => 'name' in query;
