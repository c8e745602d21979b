import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
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

/** `imi projections rebuild` from its start to its end, in milliseconds, and what it said of its progress. */
export async function rebuildOnce(
  stores: ProjectionStores,
  nodeArgs: readonly string[] = [],
): Promise<{ readonly ms: number; readonly progress: readonly string[] }> {
  const startedAt = performance.now();
  const progress: string[] = [];
  const program = await startProgram({
    args: [...nodeArgs, join(stores.compiled, 'cli/imi.js'), 'projections', 'rebuild'],
    env: settings(stores),
    isReady: (line) => line.startsWith('Rebuilt up to'),
    onLine: (line) => progress.push(line),
  });
  await program.exited;
  return { ms: performance.now() - startedAt, progress };
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
  const client = new pg.Client({ connectionString: stores.databaseUrl });
  await client.connect();
  for (let last: string | null = null, still = 0; still < 20; ) {
    await delay(10);
    const { rows } = await client.query(`SELECT event_position FROM ${liveSchema}.checkpoint`);
    const position: string | null = rows[0].event_position;
    still = position !== null && position === last ? still + 1 : 0;
    last = position;
  }
  const ms = performance.now() - beganAt - 20 * 10;
  await client.end();
  await program.stop();
  return perSecond(events, ms);
}
