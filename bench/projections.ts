import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { connectEventStore } from '../src/events/esdb-event-store.ts';
import { lastPublicEvent } from '../src/projections/last-public-event.ts';
import { liveSchema } from '../src/projections/tables.ts';
import { startProgram } from '../test/support/program.ts';
import { perSecond } from './stats.ts';

export interface ProjectionStores {
  /** iMi compiled. */
  readonly compiled: string;
  readonly eventStoreUrl: string;
  readonly databaseUrl: string;
}

const settings = ({ eventStoreUrl, databaseUrl }: ProjectionStores) => ({
  IMI_EVENTSTORE_URL: eventStoreUrl,
  IMI_DATABASE_URL: databaseUrl,
});

export interface CliRun {
  /** From its start to its end. */
  readonly ms: number;
  readonly lines: readonly string[];
}

/** `imi projections rebuild` or `verify`; shows what it says as it comes. */
export async function runProjections(
  stores: ProjectionStores,
  command: 'rebuild' | 'verify',
  nodeArgs: readonly string[] = [],
): Promise<CliRun> {
  const startedAt = performance.now();
  const lines: string[] = [];
  const program = await startProgram({
    args: [...nodeArgs, join(stores.compiled, 'cli/imi.js'), 'projections', command],
    env: settings(stores),
    isReady: () => true,
    onLine: (line) => {
      lines.push(line);
      process.stdout.write(`  ${line}\n`);
    },
  });
  const status = await program.exited;
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${lines.at(-1)}`);
  return { ms: performance.now() - startedAt, lines };
}

/**
 * Starts the service on read models that are behind, or not there, and waits until its projector
 * has caught up; answers events a second, counted from when it begins.
 */
export async function projectorCatchUp(stores: ProjectionStores, events: number): Promise<number> {
  let beganAt = 0;
  const program = await startProgram({
    args: [join(stores.compiled, 'main.js')],
    env: { ...settings(stores), NODE_ENV: 'production', IMI_PORT: '0', IMI_ROLES: 'projector' },
    isReady: (line) => line.includes('"iMi is ready"'),
    onLine: (line) => {
      if (beganAt === 0 && line.includes('"leading"')) beganAt = performance.now();
    },
  });
  const store = connectEventStore(stores.eventStoreUrl);
  const last = String(await lastPublicEvent(store));
  await store.close();
  const client = new pg.Client({ connectionString: stores.databaseUrl });
  await client.connect();
  for (let position: string | null = null; position !== last; ) {
    await delay(10);
    const { rows } = await client.query(`SELECT event_position FROM ${liveSchema}.checkpoint`);
    position = rows[0].event_position;
  }
  const ms = performance.now() - beganAt;
  await client.end();
  await program.stop();
  return perSecond(events, ms);
}
