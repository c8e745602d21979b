import type pg from 'pg';

/** A connection that was heard of within this time is trusted without a question. */
const trustedMs = 1_000;

/** Time to answer a question that needs no lock and no disk. */
const answerMs = 2_000;

const question: pg.QueryConfig & pg.ClientConfig = {
  text: 'SELECT 1',
  query_timeout: answerMs,
};

/**
 * The clients of a pool that still answer. A connection may have gone silent while nobody used it
 * (a way that was cut without a word, a server that is frozen); who gets it then would wait for as
 * long as a statement may run.
 */
export class AnsweringClients {
  readonly #pool: pg.Pool;
  readonly #heardAt = new WeakMap<pg.PoolClient, number>();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Throws when there is none, and none can be connected in time. */
  async connect(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await this.#pool.connect();
      const heardAt = this.#heardAt.get(client);
      // A new one has just answered.
      if (heardAt === undefined || performance.now() - heardAt < trustedMs) return client;
      if (await answers(client)) return client;
      client.release(true);
    }
  }

  /** @param broken whether it must not be used again */
  release(client: pg.PoolClient, broken: boolean): void {
    this.#heardAt.set(client, performance.now());
    client.release(broken);
  }
}

const answers = (client: pg.PoolClient): Promise<boolean> =>
  client.query(question).then(
    () => true,
    () => false,
  );
