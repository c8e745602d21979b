import { pino } from 'pino';
import { expect, test } from 'vitest';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import { completeMergedWork } from '../../src/commands/policies/complete-merged-work.ts';
import { runPolicies } from '../../src/commands/policies/run-policies.ts';
import { Snapshots } from '../../src/commands/snapshots.ts';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { at, command, registerWidget, settings, startOn } from '../support/commands.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';

const log = pino({ level: 'silent' });

async function setUp() {
  const store = new InMemoryEventStore();
  const handler = new EventSourcedCommandHandler(store, settings);
  await handler.handle(registerWidget());
  const { ids } = await handler.handle(startOn('a'));
  const { work_item_id } = ids;
  const tell = (name: string, body: object) =>
    handler.handle(command(name, { work_item_id, ...body }));
  const react = () =>
    runPolicies(
      {
        ...{
          store,
          handler,
          policies: [completeMergedWork(new Snapshots(store))],
          hostname: 'h',
          log,
        },
        now: () => at,
      },
      new AbortController().signal,
    );
  return { store, tell, react, types: () => store.published.map((event) => event.type).slice(2) };
}

const merged = {
  pr_number: 42,
  pr_state: 'merged',
  merge_commit_hash: 'abcdef1',
  merged_by: 'ann',
};

test('a merged pull request completes its work as merged, once, whatever dies on the way', async () => {
  const { store, tell, react, types } = await setUp();
  await tell('link_pr', { pr_number: 42 });
  await tell('update_pr_state', merged);
  let appends = 0;
  store.beforeAppend = () => {
    appends += 1;
    if (appends === 2) throw new StoreUnavailableError('the process died here');
  };
  await react();
  await react();
  expect(types()).toEqual(['imi.pr.created', 'imi.pr.merged', 'imi.work.completed']);
  const [, , , pr, completed] = store.published;
  expect(completed).toMatchObject({
    data: { completion_type: 'merged', merge_commit_hash: 'abcdef1', completed_by: 'ann' },
    metadata: { $causationId: pr?.id, actor: 'policy:complete-merged-work' },
  });
});

test('a pull request that is closed unmerged completes nothing', async () => {
  const { tell, react, types } = await setUp();
  await tell('link_pr', { pr_number: 42 });
  await tell('update_pr_state', { ...merged, pr_state: 'closed' });
  await react();
  expect(types()).toEqual(['imi.pr.created', 'imi.pr.closed']);
});

test('work that has ended otherwise stays as it ended, and nobody is told of a conflict', async () => {
  const { tell, react, types } = await setUp();
  await tell('complete_work', { completion_type: 'abandoned' });
  await tell('link_pr', merged);
  await react();
  expect(types()).toEqual(['imi.work.completed', 'imi.pr.created', 'imi.pr.merged']);
});
