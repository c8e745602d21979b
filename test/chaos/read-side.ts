import { sql } from 'kysely';
import type { EventStore } from '../../src/events/event-store.ts';
import { readCheckpoint } from '../../src/projections/checkpoint.ts';
import { connectDatabase } from '../../src/projections/database.ts';
import { diffGenerations } from '../../src/projections/diff-generations.ts';
import { rebuildInto } from '../../src/projections/rebuild.ts';
import { liveSchema } from '../../src/projections/tables.ts';

export interface ReadSide {
  /** Rows that a rebuild from nothing shows otherwise. */
  readonly differences: readonly string[];
  readonly parkedEvents: number;
  /** The last event that is in the read models. */
  readonly eventPosition: bigint | null;
}

/** Rebuilds the read models from nothing beside the live ones and compares them row by row. */
export async function compareWithRebuild(
  databaseUrl: string,
  store: EventStore,
): Promise<ReadSide> {
  const db = connectDatabase(databaseUrl, {
    poolSize: 2,
    applicationName: 'imi-chaos',
    statementTimeoutMs: 0,
  });
  try {
    const into = 'imi_check';
    const { signal } = new AbortController();
    const live = { db, schema: liveSchema };
    await rebuildInto({ ...live, into, store, signal });
    const differences = await diffGenerations(live, into);
    const { event_position } = await readCheckpoint(live);
    const { rows } = await sql<{ parked: number }>`
      SELECT count(*)::int AS parked FROM ${sql.table(`${liveSchema}.parked_events`)}`.execute(db);
    return {
      differences: differences.map(({ table, key }) => `${table} ${key}`),
      parkedEvents: rows[0]?.parked ?? 0,
      eventPosition: event_position,
    };
  } finally {
    await db.destroy();
  }
}
