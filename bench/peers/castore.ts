import { type EventDetail, EventStore, EventType } from '@castore/core';
import { PostgresEventStorageAdapter } from '@castore/event-storage-adapter-postgres';
import { consume, databaseUrl } from './consumer.ts';
import { decide, evolve, type GitStateUpdated, initialState, type WorkItem } from './git-state.ts';

type Data = GitStateUpdated['data'];
type Aggregate = WorkItem & { readonly aggregateId: string; readonly version: number };

const connectionString = databaseUrl;
const tableName = 'castore_event';
await PostgresEventStorageAdapter.createEventTable({
  connectionString,
  tableName,
  aggregateId: { type: 'UUID' },
});
const store = new EventStore({
  eventStoreId: 'WORK_ITEM',
  eventTypes: [new EventType<'git_state_updated', Data>({ type: 'git_state_updated' })],
  // Opens ten connections of its own; it lets nobody choose.
  eventStorageAdapter: new PostgresEventStorageAdapter({ connectionString, tableName }),
  reducer: (
    aggregate: Aggregate,
    { type, payload, aggregateId, version }: EventDetail<'git_state_updated', Data>,
  ): Aggregate => ({ ...evolve(aggregate, { type, data: payload }), aggregateId, version }),
});

await consume(async (command) => {
  const aggregateId = command.work_item_id;
  const { aggregate } = await store.getAggregate(aggregateId);
  const version = aggregate?.version ?? 0;
  for (const { type, data } of decide(command, aggregate ?? initialState())) {
    await store.pushEvent(
      { aggregateId, version: version + 1, type, payload: data },
      { prevAggregate: aggregate },
    );
  }
});
