import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import { completeMergedWork } from '../../src/commands/policies/complete-merged-work.ts';
import { joinUntrackedWork } from '../../src/commands/policies/join-untracked-work.ts';
import { runPolicies } from '../../src/commands/policies/run-policies.ts';
import { Snapshots } from '../../src/commands/snapshots.ts';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { at, command, origin, registerWidget, settings, startOn } from '../support/commands.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';

const log = pino({ level: 'silent' });
const hash = (n: number) => String(n).padStart(40, '0');

let store: InMemoryEventStore;
let handler: EventSourcedCommandHandler;

beforeEach(async () => {
  store = new InMemoryEventStore();
  handler = new EventSourcedCommandHandler(store, settings);
  await handler.handle(registerWidget());
});

const of = (type: string) => store.published.filter((event) => event.type === type);

/** What the read models would show of branch `a`. */
const places = {
  at: async () => {
    const joined = of('imi.untracked.joined').length;
    const ids = of('imi.untracked.observed').map(({ data }) => String(data.untracked_id));
    return joined > 0 ? [] : [...new Set(ids)];
  },
  workAt: async () => (of('imi.work.started')[0]?.data.work_item_id ?? null) as string | null,
};

const react = () =>
  runPolicies(
    {
      ...{ store, handler, hostname: 'h', log, now: () => at },
      policies: [
        joinUntrackedWork(new Snapshots(store), places),
        completeMergedWork(new Snapshots(store)),
      ],
    },
    new AbortController().signal,
  );

const observe = (body: object) =>
  handler.handle(
    command('observe_untracked', { remote_origin: origin, branch_name: 'a', ...body }),
  );

async function observeAll() {
  const commits = [1, 2, 3].map((n) => ({ hash: hash(n), files: [`${n}.ts`] }));
  await observe({ kind: 'push', commits, head_commit_hash: hash(3) });
  await observe({ kind: 'tool_mutation', paths: ['x.ts', 'y.ts'], agent_id: 'ada' });
  await observe({ kind: 'sync', git_state: { uncommitted_files_count: 2 } });
  await observe({ kind: 'pull_request', pr: { pr_number: 4, pr_state: 'open' } });
  await observe({ kind: 'pull_request', pr: { pr_number: 3, pr_state: 'merged' } });
}

const joined = [
  'imi.work.activity_observed',
  'imi.work.activity_observed',
  'imi.pr.created',
  'imi.pr.created',
  'imi.pr.merged',
  'imi.work.git_state_updated',
  'imi.untracked.joined',
];
const told = () =>
  store.published
    .map(({ type }) => type)
    .filter((type) => joined.includes(type))
    .sort();

test('what was seen before its work was registered is told to it, whatever dies on the way', async () => {
  await observeAll();
  await handler.handle(startOn('a'));
  let appends = 0;
  store.beforeAppend = () => {
    appends += 1;
    if (appends % 3 === 2 && appends < 12) throw new StoreUnavailableError('the process died');
  };
  await react();
  await react();
  expect(told()).toEqual([...joined].sort());
  const [push, files] = of('imi.work.activity_observed');
  expect(push?.data).toMatchObject({ head_commit_hash: hash(3), agent_id: 'ada' });
  expect(push?.data.commits).toHaveLength(3);
  expect(files?.data).toMatchObject({ paths: ['x.ts', 'y.ts'], commits: [] });
});

test('a merge of before the start does not complete the work that is started now', async () => {
  await observeAll();
  await handler.handle(startOn('a'));
  await react();
  expect(of('imi.pr.merged')[0]?.data).toMatchObject({ pr_number: 3, before_start: true });
  expect(of('imi.work.completed')).toEqual([]);
});

test('what is recorded as untracked after the start, by a process that was behind, is joined too', async () => {
  await handler.handle(startOn('a'));
  await observe({ kind: 'tool_mutation', paths: ['late.ts'] });
  await react();
  expect(of('imi.work.activity_observed').at(-1)?.data).toMatchObject({ paths: ['late.ts'] });
  expect(of('imi.untracked.joined')).toHaveLength(1);
});
