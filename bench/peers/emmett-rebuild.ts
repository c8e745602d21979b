import { randomUUID } from 'node:crypto';
import {
  getPostgreSQLEventStore,
  rebuildPostgreSQLProjections,
} from '@event-driven-io/emmett-postgresql';
import { Pool } from 'pg';
import { databaseUrl, poolSize } from './consumer.ts';
import { workItems } from './emmett-projection.ts';
import { decide, initialState } from './git-state.ts';

/** Of a work item, written by one append: what is measured is not the writing. */
const eventsOfItem = 20;

/** Ten times what the library takes at once by itself, and faster. */
const batchSize = 1_000;

// Fills an event store of its own, rebuilds its projection, and says how many milliseconds that took.
const events = Number(process.env.PEER_EVENTS);
const pool = new Pool({ connectionString: databaseUrl, max: poolSize });
const store = getPostgreSQLEventStore(databaseUrl, { connectionOptions: { pool } });
await store.schema.migrate();
for (let told = 0; told < events; told += eventsOfItem) {
  const work_item_id = randomUUID();
  const states = Array.from({ length: eventsOfItem }, (_, round) =>
    decide({ work_item_id, ahead_of_trunk: round + 1 }, initialState()),
  );
  await store.appendToStream(`work_item-${work_item_id}`, states.flat());
}
const startedAt = performance.now();
await rebuildPostgreSQLProjections({
  ...{ connectionString: databaseUrl, projections: [workItems], pulling: { batchSize } },
}).start();
const ms = performance.now() - startedAt;
const { rows } = await pool.query('SELECT count(*)::int AS items FROM emmett_work_items');
if (rows[0].items * eventsOfItem !== events) throw new Error(`Rebuilt ${rows[0].items} rows`);
process.stdout.write(`rebuilt in ${ms} ms\n`);
process.exit();
