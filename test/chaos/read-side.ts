import { sql } from 'kysely';
import type { EventStore } from '../../src/events/event-store.ts';
import { readCheckpoint } from '../../src/projections/checkpoint.ts';
import { connectDatabase } from '../../src/projections/database.ts';
import { diffGenerations } from '../../src/projections/diff-generations.ts';
import { rebuildInto } from '../../src/projections/rebuild.ts';
import { liveSchema } from '../../src/projections/tables.ts';

export interface Comparison {
  /** Rows that a rebuild from nothing shows otherwise. */
  readonly differences: readonly string[];
  readonly parkedEvents: number;
}

/** What the live read models show, asked of PostgreSQL itself. */
export class ReadSide {
  readonly #live;

  constructor(databaseUrl: string) {
    const db = connectDatabase(databaseUrl, {
      poolSize: 2,
      applicationName: 'imi-chaos',
      statementTimeoutMs: 0,
    });
    this.#live = { db, schema: liveSchema };
  }

  /** Position of the last event in the read models; null before the first. Throws while PostgreSQL is away. */
  async reached(): Promise<bigint | null> {
    return (await readCheckpoint(this.#live)).event_position;
  }

  /** Rebuilds the read models from nothing beside the live ones and compares them row by row. */
  async compareWithRebuild(store: EventStore): Promise<Comparison> {
    const into = 'imi_check';
    const { signal } = new AbortController();
    await rebuildInto({ ...this.#live, into, store, signal });
    const differences = await diffGenerations(this.#live, into);
    const { rows } = await sql<{ parked: number }>`
      SELECT count(*)::int AS parked
      FROM ${sql.table(`${liveSchema}.parked_events`)}`.execute(this.#live.db);
    return {
      differences: differences.map(({ table, key }) => `${table} ${key}`),
      parkedEvents: rows[0]?.parked ?? 0,
    };
  }

  close(): Promise<void> {
    return this.#live.db.destroy();
  }
}
