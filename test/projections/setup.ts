import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { EventStore, NewEvent } from '../../src/events/event-store.ts';
import { connectDatabase, type Tables } from '../../src/projections/database.ts';
import { migrate } from '../../src/projections/migrate.ts';
import { runProjector } from '../../src/projections/projector.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { PositionWaiter } from '../../src/projections/waiter.ts';
import { testDatabase } from '../services/database.ts';

export const silent = { info: () => {}, warn: () => {}, error: () => {} };
export const fast = { firstMs: 1, maxMs: 20 };

export interface TestReadModels {
  readonly url: string;
  readonly db: Kysely<Tables>;
  close(): Promise<void>;
}

/** A migrated database of a test's own. */
export async function testReadModels(): Promise<TestReadModels> {
  const { url, drop } = await testDatabase();
  const db = connectDatabase(url, { poolSize: 4, applicationName: 'imi-test' });
  await migrate(db);
  return {
    url,
    db,
    close: async () => {
      await db.destroy();
      await drop();
    },
  };
}

export interface RunningProjector {
  readonly waiter: PositionWaiter;
  /** Settles as `runProjector` does. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** A projector that leads without asking, and a waiter that hears of its commits. */
export function startProjector(
  { db, url }: TestReadModels,
  store: EventStore,
  schema = liveSchema,
  limits = { maxBatch: 500, capacity: 2_000 },
): RunningProjector {
  const stopping = new AbortController();
  const waiter = new PositionWaiter({ db, url, schema });
  const ended = runProjector({
    ...{ db, schema, store, limits, log: silent, delays: fast, signal: stopping.signal },
    onPosition: (position) => waiter.reached(position),
  });
  ended.catch(() => {});
  return {
    waiter,
    ended,
    stop: async () => {
      stopping.abort();
      await ended.catch(() => {});
      await waiter.close();
    },
  };
}

/** Appends to the end of a stream, whatever its revision. */
export async function appendTo(store: EventStore, streamId: string, ...events: NewEvent[]) {
  const last = await store.readLast(streamId);
  return store.append(streamId, last?.revision ?? 'no_stream', events);
}

/** All rows of a generation, but for the clock's own columns. */
export async function rowsOf({ db }: TestReadModels, schema = liveSchema) {
  const all = async (table: string, key: string) =>
    (await sql.raw(`SELECT * FROM ${schema}.${table} ORDER BY ${key}`).execute(db)).rows;
  return {
    projects: await all('projects', 'id'),
    work_items: await all('work_items', 'id'),
    ticket_links: await all('ticket_links', 'id'),
    components: await all('components', 'id'),
    component_relationships: await all('component_relationships', 'id'),
    tickets: await all('tickets', 'id'),
    pr_links: await all('pr_links', 'id'),
    work_item_links: await all('work_item_links', 'work_item_id'),
    deploys: await all('deploys', 'id'),
    deploy_commits: await all('deploy_commits', 'id'),
    deploy_work_items: await all('deploy_work_items', 'id'),
    project_versions: await all('project_versions', 'id, position'),
    work_item_versions: await all('work_item_versions', 'id, position'),
    pr_link_versions: await all('pr_link_versions', 'id, position'),
    deploy_versions: await all('deploy_versions', 'id, position'),
    ticket_versions: await all('ticket_versions', 'id, position'),
  };
}

/** Brings the read models back before the beginning. */
export async function emptyReadModels({ db }: TestReadModels): Promise<void> {
  // Of a few rows they are rid much faster than by TRUNCATE.
  const { rows } = await sql<{ deletes: string }>`
    SELECT string_agg(format('DELETE FROM %I.%I', schemaname, tablename), ';') AS deletes
    FROM pg_tables
    WHERE schemaname = ${liveSchema} AND tablename NOT LIKE 'kysely%' AND tablename <> 'checkpoint'
  `.execute(db);
  await sql.raw(rows[0]?.deletes ?? '').execute(db);
  await db
    .withSchema(liveSchema)
    .updateTable('checkpoint')
    .set({ position: null, event_position: null })
    .execute();
}
