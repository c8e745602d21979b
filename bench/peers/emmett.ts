import { CommandHandler, projections } from '@event-driven-io/emmett';
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import { Pool } from 'pg';
import { consume, databaseUrl, poolSize } from './consumer.ts';
import { workItems } from './emmett-projection.ts';
import { decide, evolve, initialState } from './git-state.ts';

const store = getPostgreSQLEventStore(databaseUrl, {
  connectionOptions: { pool: new Pool({ connectionString: databaseUrl, max: poolSize }) },
  projections: process.argv.includes('inline') ? projections.inline([workItems]) : [],
});
await store.schema.migrate();
const handle = CommandHandler({ evolve, initialState });

await consume(async (command) => {
  await handle(store, `work_item-${command.work_item_id}`, (state) => decide(command, state));
});
