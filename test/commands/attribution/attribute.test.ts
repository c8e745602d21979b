import { v4 as uuid4 } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import { attribute } from '../../../src/commands/attribution/attribute.ts';
import { IdentityResolver, type SightedWork } from '../../../src/commands/attribution/identity.ts';
import { EventSourcedCommandHandler } from '../../../src/commands/handler.ts';
import { Snapshots } from '../../../src/commands/snapshots.ts';
import type { Observation, Seen, Sighting } from '../../../src/commands/translation/observation.ts';
import {
  evolveUntracked,
  type UntrackedEvent,
  type UntrackedWork,
} from '../../../src/events/untracked.ts';
import { at, command, origin, registerWidget, settings, startOn } from '../../support/commands.ts';
import { InMemoryEventStore } from '../../support/in-memory-event-store.ts';

let store: InMemoryEventStore;
let handler: EventSourcedCommandHandler;
let resolver: IdentityResolver;
/** What the read models would answer, by path or agent. */
let sighted: Record<string, SightedWork[]>;

beforeEach(async () => {
  store = new InMemoryEventStore();
  handler = new EventSourcedCommandHandler(store, settings);
  sighted = {};
  resolver = new IdentityResolver(store, new Snapshots(store), settings.remoteHosts, {
    inCheckout: async (path) => sighted[path] ?? [],
    ofAgent: async (agent) => sighted[agent] ?? [],
  });
  await handler.handle(registerWidget());
});

const start = async (branch: string, body = {}) =>
  String((await handler.handle(startOn(branch, body))).ids.work_item_id);

const head = 'aaaabbbbccccddddeeeeffff0000111122223333';
const push: Seen = {
  kind: 'push',
  commits: [{ hash: head, message: 'Spin', files: ['a.ts'] }],
  head_commit_hash: head,
  forced: false,
};
const pr = (pr_state: 'open' | 'closed' | 'merged', more = {}): Seen => ({
  kind: 'pull_request',
  pr: { pr_number: 7, pr_state, head_commit_hash: head, ...more },
});
const sync: Seen = { kind: 'sync', git_state: { uncommitted_files_count: 2 } };
const mutation: Seen = { kind: 'tool_mutation', paths: ['src/a.ts'] };

const seen = (what: Seen, where: Sighting, more: Partial<Observation> = {}): Observation => ({
  id: uuid4(),
  what,
  where,
  ...more,
});

const on = (branch_name: string): Sighting => ({ remote_origin: origin, branch_name });

/** Attributes an observation and hands the command over; answers what came of it. */
async function tell(observation: Observation) {
  const directed = await attribute(observation, resolver);
  if (directed.kind === 'ignored') return directed.reason;
  const { name, id, body } = directed.command;
  const outcome = await handler.handle(command(name, body, { id }));
  return outcome.status === 'rejected' ? outcome.error : `${name} ${outcome.status}`;
}

const types = () => store.published.map(({ type }) => type).slice(1);
const last = () => store.published.at(-1)?.data;

describe('Registered work is found', () => {
  it.each(['git@github.com:ACME/widget.git', 'https://github.com/acme/Widget', 'acme/widget'])(
    'by its origin as %s and its branch',
    async (remote_origin) => {
      const id = await start('a');
      expect(await tell(seen(push, { remote_origin, branch_name: 'a' }))).toBe(
        'record_activity accepted',
      );
      expect(last()).toMatchObject({ work_item_id: id, kind: 'push', head_commit_hash: head });
    },
  );

  const checkout = (id: string, more = {}) => ({
    id,
    project_id: String(store.published[0]?.data.project_id),
    branch_name: 'a',
    host: null,
    ...more,
  });

  it('by its checkout, on the host and branch that it is on', async () => {
    const id = await start('a');
    sighted['/code/a'] = [checkout(id, { host: 'forge' })];
    const at = { worktree_path: '/code/a' };
    expect(await tell(seen(sync, { ...at, host: 'forge' }))).toBe('update_git_state accepted');
    expect(await tell(seen(mutation, { ...at, branch_name: 'a' }))).toBe(
      'record_activity accepted',
    );
    for (const other of [{ host: 'elsewhere' }, { branch_name: 'b' }]) {
      expect(await tell(seen(mutation, { ...at, ...other }))).toBe('observe_untracked accepted');
    }
    const foreign = { ...at, remote_origin: 'git@github.com:acme/other.git' };
    expect(await tell(seen(push, foreign))).toBe('observe_untracked accepted');
  });

  it('by its agent, when that has one only, and the branch is not told', async () => {
    const [one, two] = [await start('a'), await start('b')];
    const where = { remote_origin: origin, agent_id: 'ada', worktree_path: '/detached' };
    sighted.ada = [checkout(one)];
    expect(await tell(seen(mutation, where))).toBe('record_activity accepted');
    expect(last()).toMatchObject({ work_item_id: one, paths: ['src/a.ts'], agent_id: 'ada' });
    sighted.ada = [checkout(one), checkout(two)];
    expect(await tell(seen(mutation, where))).toBe('observe_untracked accepted');
  });
});

describe('What comes after the end of work', () => {
  const later = '2026-01-21T15:00:00.000Z';
  const earlier = '2026-01-21T14:00:00.000Z';

  beforeEach(async () => {
    const id = await start('a');
    await handler.handle(command('complete_work', { work_item_id: id, completion_type: 'merged' }));
  });

  it.each<[string, Seen, string | undefined, string]>([
    ['a push of before', push, earlier, 'record_activity accepted'],
    ['a push of an unknown time', push, undefined, 'observe_untracked accepted'],
    ['a push of after', push, later, 'observe_untracked accepted'],
    [
      'the deletion of its branch',
      { kind: 'branch_deleted' },
      later,
      'record_branch_deletion accepted',
    ],
    ['the merge of its pull request', pr('merged'), later, 'observe_pr accepted'],
    ['another pull request', pr('open'), later, 'observe_untracked accepted'],
    ['a look at its checkout', sync, later, 'work_ended'],
  ])('%s', async (_name, what, at, result) => {
    expect(await tell(seen(what, on('a'), at === undefined ? {} : { at }))).toBe(result);
  });
});

describe('A pull request', () => {
  it('goes through its states, and says what changed between them', async () => {
    await start('a');
    const states = [
      pr('open', { pr_title: 'Spin' }),
      pr('open', { pr_title: 'Spin' }),
      pr('open', { pr_title: 'Spin more' }),
      pr('closed'),
      pr('open'),
      pr('merged', { merge_commit_hash: 'abcdef12', merged_by: 'ann' }),
      pr('closed'),
    ];
    const results = [];
    for (const state of states) results.push(await tell(seen(state, on('a'))));
    expect(results.map((result) => String(result).split(' ')[1])).toEqual([
      ...['accepted', 'unchanged', 'accepted', 'accepted', 'accepted', 'accepted', 'unchanged'],
    ]);
    expect(types()).toEqual([
      'imi.work.started',
      'imi.pr.created',
      'imi.pr.updated',
      'imi.pr.closed',
      'imi.pr.reopened',
      'imi.pr.merged',
    ]);
    expect(last()).toMatchObject({
      pr_title: 'Spin more',
      head_commit_hash: head,
      merged_by: 'ann',
    });
  });

  it('that is told late changes nothing, unless it is merged', async () => {
    await start('a');
    const told = (state: 'open' | 'closed' | 'merged', at: string, more = {}) =>
      tell(seen(pr(state, more), on('a'), { at }));
    await told('closed', '2026-01-21T12:00:00.000Z');
    expect(await told('open', '2026-01-21T11:00:00.000Z', { pr_title: 'old' })).toBe(
      'observe_pr unchanged',
    );
    expect(await told('merged', '2026-01-21T11:30:00.000Z')).toBe('observe_pr accepted');
    expect(types().slice(1)).toEqual([
      'imi.pr.created',
      'imi.pr.closed',
      'imi.pr.reopened',
      'imi.pr.merged',
    ]);
  });

  it('of a fork is ours only when it is linked', async () => {
    const id = await start('a');
    const fromFork = { remote_origin: origin };
    expect(await tell(seen(pr('open'), fromFork))).toBe('fork');
    await handler.handle(command('link_pr', { work_item_id: id, pr_number: 7 }));
    expect(await tell(seen(pr('merged'), fromFork))).toBe('observe_pr accepted');
    expect(last()).toMatchObject({ work_item_id: id, pr_state: 'merged' });
  });

  it('stays with its work item when its branch belongs to another by now', async () => {
    const id = await start('a');
    await tell(seen(pr('open'), on('a')));
    await handler.handle(
      command('complete_work', { work_item_id: id, completion_type: 'superseded' }),
    );
    await start('a');
    await tell(seen(pr('merged'), on('a')));
    expect(last()).toMatchObject({ work_item_id: id, pr_state: 'merged' });
  });
});

describe('What nobody registered', () => {
  const unknown = { remote_origin: 'acme/unknown', branch_name: 'a' };

  it('is recorded under its place: branch, else checkout', async () => {
    expect(await tell(seen(push, unknown))).toBe('observe_untracked accepted');
    expect(last()).toMatchObject({
      remote_origin: 'git@github.com:acme/unknown.git',
      branch_name: 'a',
      commits: [{ hash: head, message: 'Spin', files: ['a.ts'] }],
    });
    const { untracked_id } = last() ?? {};
    await tell(seen(mutation, { ...unknown, worktree_path: '/a', agent_id: 'ada' }));
    expect(last()).toMatchObject({ untracked_id, agent_id: 'ada', paths: ['src/a.ts'] });
    await tell(seen(sync, { worktree_path: '/a', host: 'forge' }));
    expect(last()).toMatchObject({ remote_origin: null, worktree_path: '/a', host: 'forge' });
    expect(last()?.untracked_id).not.toBe(untracked_id);
  });

  it.each<[string, Seen, Sighting, string]>([
    ['the trunk of a project', push, on('main'), 'trunk'],
    ['the trunk of a repository', push, { ...unknown, default_branch: 'a' }, 'trunk'],
    [
      'of no known host',
      push,
      { ...on('a'), remote_origin: 'git@else.org:a/b.git' },
      'foreign_repository',
    ],
    ['of nowhere', mutation, { agent_id: 'ada' }, 'no_place'],
    ['of a repository alone', mutation, { remote_origin: origin }, 'no_place'],
    ['a fork', pr('open'), { remote_origin: origin }, 'fork'],
    [
      'a branch gone before it was seen',
      { kind: 'branch_deleted' },
      unknown,
      'observe_untracked unchanged',
    ],
  ])('is nothing to record: %s', async (_name, what, where, result) => {
    expect(await tell(seen(what, where))).toBe(result);
    expect(types()).toEqual([]);
  });

  it('is gone with its branch until that is pushed again, not when a push is told late', async () => {
    const time = (minute: number) => ({ at: `2026-01-21T14:${minute}:00.000Z` });
    const commit = (hash: string): Seen => ({
      ...push,
      commits: [{ hash, files: [] }],
      head_commit_hash: hash,
    });
    const deletion = async () => {
      const id = String(store.published.at(-1)?.data.untracked_id);
      const events = store.published.filter(({ data }) => data.untracked_id === id);
      return events.reduce<UntrackedWork | null>(
        (state, { type, data }) => evolveUntracked(state, { type, data } as UntrackedEvent),
        null,
      )?.branch_deleted_at;
    };
    await tell(seen(commit('aaaaaaa1'), unknown, time(10)));
    await tell(seen({ kind: 'branch_deleted' }, unknown, time(12)));
    expect(await deletion()).toBe(time(12).at);
    expect(await tell(seen(commit('aaaaaaa2'), unknown, time(11)))).toMatch(/accepted/);
    expect(await deletion()).toBe(time(12).at);
    expect(await tell(seen(commit('aaaaaaa2'), unknown, time(13)))).toMatch(/accepted/);
    expect(await deletion()).toBeNull();
  });

  it('is recorded as often as there is news, and coalesced otherwise', async () => {
    const later = { at: '2026-01-21T14:30:30.000Z' };
    await tell(seen(push, unknown, { at }));
    expect(await tell(seen(push, unknown, later))).toBe('observe_untracked unchanged');
    expect(await tell(seen(mutation, unknown, later))).toBe('observe_untracked accepted');
    expect(await tell(seen(mutation, unknown, later))).toBe('observe_untracked unchanged');
    expect(await tell(seen(pr('open'), unknown, later))).toBe('observe_untracked accepted');
    expect(await tell(seen(pr('open'), unknown, later))).toBe('observe_untracked unchanged');
    expect(await tell(seen(sync, unknown, later))).toBe('observe_untracked accepted');
    expect(await tell(seen(sync, unknown, later))).toBe('observe_untracked unchanged');
  });
});

it('leads the same observation, told again, to the same command', async () => {
  const observation = seen(push, on('a'));
  expect(await tell(observation)).toBe('observe_untracked accepted');
  expect(await tell(observation)).toBe('observe_untracked accepted');
  const id = await start('a');
  expect(await tell(observation)).toBe('record_activity accepted');
  expect(await tell(observation)).toBe('record_activity accepted');
  expect(types()).toEqual([
    'imi.untracked.observed',
    'imi.work.started',
    'imi.work.activity_observed',
  ]);
  expect(last()).toMatchObject({ work_item_id: id });
});
