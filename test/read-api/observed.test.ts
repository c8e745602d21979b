import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Stack, startStack } from './stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

let n = 0;
let origin = '';
let projectId = '';
beforeEach(async () => {
  n += 1;
  origin = `git@github.com:acme/observed-${n}.git`;
  projectId = (await stack.post('/projects', { name: `observed-${n}`, remote_origin: origin })).id;
});

const start = async (branch_name: string, owner_id = 'ada', more: object = {}) =>
  (
    await stack.post('/work', {
      project_id: projectId,
      branch_name,
      work_type: 'feature',
      owner_id,
      ...more,
    })
  ).id as string;

const activity = (work_item_id: string, more: object) =>
  stack.send('record_activity', { work_item_id, kind: 'tool_mutation', ...more });

const conflicts = async (query: string) =>
  (await stack.get(`/work/conflicts?${query}`)).items as {
    work_item_id: string;
    with_work_item_id: string | null;
    owner_id: string;
    files: { path: string; since: string }[];
    tickets: { plane_ticket_id: string }[];
  }[];

describe('Conflicts', () => {
  it('names who else is at the same files, since when, until the work has ended', async () => {
    const [mine, other] = [await start('a', 'ada'), await start('b', 'bob')];
    await activity(mine, { paths: ['src/x.ts', 'src/y.ts'] });
    const commits = [{ hash: 'a1b2c3d4', files: ['src/y.ts', 'src/z.ts'] }];
    await activity(other, { kind: 'push', commits });
    const [conflict, ...none] = await conflicts(`work_item_id=${mine}`);
    expect(none).toEqual([]);
    expect(conflict).toMatchObject({
      work_item_id: other,
      with_work_item_id: mine,
      owner_id: 'bob',
      branch_name: 'b',
      files: [{ path: 'src/y.ts', since: expect.stringMatching(/Z$/) }],
      tickets: [],
    });
    expect(await conflicts(`project_id=${projectId}`)).toHaveLength(2);
    await stack.post(`/work/${other}/complete`, { completion_type: 'abandoned' });
    expect(await conflicts(`work_item_id=${mine}`)).toEqual([]);
    expect(await conflicts(`project_id=${projectId}`)).toEqual([]);
  });

  it('answers for paths, of a project or of any, without the work item that asks', async () => {
    const mine = await start('a');
    const path = `src/only-${n}.ts`;
    await activity(mine, { paths: [path] });
    const items = (list: Awaited<ReturnType<typeof conflicts>>) => list.map((c) => c.work_item_id);
    expect(items(await conflicts(`paths=${path},other.ts`))).toEqual([mine]);
    expect(items(await conflicts(`paths=other.ts&paths=${path}`))).toEqual([mine]);
    expect(items(await conflicts(`paths=${path}&project_id=${projectId}`))).toEqual([mine]);
    expect(items(await conflicts(`paths=${path}&remote_origin=${origin}`))).toEqual([mine]);
    expect(await conflicts(`paths=${path}&work_item_id=${mine}`)).toEqual([]);
    expect(await conflicts('paths=src/nobody.ts')).toEqual([]);
  });

  it('names work for the same ticket in another project', async () => {
    const source = { type: 'plane_ticket', ref: `PROJ-${900 + n}` };
    const mine = await start('a', 'ada', { source });
    const elsewhere = await stack.post('/projects', {
      name: 'elsewhere',
      remote_origin: `git@github.com:acme/elsewhere-${n}.git`,
    });
    projectId = elsewhere.id;
    const other = await start('b', 'bob', { source });
    const [conflict] = await conflicts(`work_item_id=${mine}`);
    expect(conflict?.work_item_id).toBe(other);
    expect(conflict?.tickets.map((ticket) => ticket.plane_ticket_id)).toEqual([source.ref]);
    expect(conflict?.files).toEqual([]);
  });

  it.each([
    ['', 400],
    ['work_item_id=x', 400],
    ['paths=', 400],
    ['project_id=00000000-0000-4000-8000-000000000000', 404],
    ['work_item_id=00000000-0000-4000-8000-000000000000', 404],
    ['remote_origin=nonsense', 400],
  ])('refuses %j with %i', async (query, status) => {
    const response = await stack.app.inject({ url: `/api/v1/work/conflicts?${query}` });
    expect(response.statusCode).toBe(status);
  });
});

describe('Files that agents change', () => {
  it('are news each time one is new, and coalesced otherwise', async () => {
    const id = await start('a');
    const outcomes = [
      await activity(id, { paths: ['a.ts'] }),
      await activity(id, { paths: ['a.ts'] }),
      await activity(id, { paths: ['a.ts', 'b.ts'] }),
    ];
    expect(outcomes.map(({ status }) => status)).toEqual(['accepted', 'unchanged', 'accepted']);
  });
});

describe('Stale work', () => {
  const staleOf = async (id: string) => {
    const { stale, stale_reason } = await stack.get(`/work/${id}`);
    return [stale, stale_reason];
  };

  it('shows that its branch was deleted, until it is pushed again', async () => {
    const id = await start('a');
    expect(await staleOf(id)).toEqual([false, null]);
    await stack.send('record_branch_deletion', { work_item_id: id });
    expect(await staleOf(id)).toEqual([true, 'branch_deleted']);
    const listed = await stack.get(`/work?stale=true&project_id=${projectId}`);
    expect(listed.items.map((item: { id: string }) => item.id)).toEqual([id]);
    expect((await stack.get(`/work?stale=false&project_id=${projectId}`)).total).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 2));
    await activity(id, { kind: 'push', head_commit_hash: 'a1b2c3d4' });
    expect(await staleOf(id)).toEqual([false, null]);
  });

  it('shows that nothing was heard of it for long, unless it has ended', async () => {
    const long = new Date(Date.now() - 15 * 86_400_000).toISOString();
    const body = { project_id: projectId, branch_name: 'old', work_type: 'fix', owner_id: 'ada' };
    const outcome = await stack.send('start_work', body, long);
    const id = outcome.ids.work_item_id as string;
    expect(await staleOf(id)).toEqual([true, 'silent']);
    await stack.patch(`/work/${id}/git-state`, { ahead: 1 });
    expect(await staleOf(id)).toEqual([false, null]);
    await stack.post(`/work/${id}/complete`, { completion_type: 'abandoned' });
    expect(await staleOf(id)).toEqual([false, null]);
  });
});

describe('Safe to clean', () => {
  const head = 'aaaabbbbccccddddeeeeffff0000111122223333';
  const blockersOf = async (id: string) =>
    (await stack.get(`/work/${id}`)).safe_to_clean_blockers as string[];

  it('names everything that stands against it, one after the other, and then says yes', async () => {
    const id = await start('a');
    expect(await blockersOf(id)).toEqual(['pr_not_merged', 'git_state_unknown', 'head_unknown']);
    await activity(id, { kind: 'push', head_commit_hash: head });
    await new Promise((resolve) => setTimeout(resolve, 2));
    await stack.patch(`/work/${id}/git-state`, { uncommitted_count: 1, last_commit_hash: head });
    await stack.post('/links/pr', { work_item_id: id, pr_number: n, head_commit_hash: head });
    expect(await blockersOf(id)).toEqual([
      'pr_not_merged',
      'pr_open',
      'uncommitted_changes',
      'head_unknown',
    ]);
    await stack.patch(`/work/${id}/git-state`, { uncommitted_count: 0 });
    await stack.send('update_pr_state', { work_item_id: id, pr_number: n, pr_state: 'merged' });
    expect(await stack.get(`/work/${id}`)).toMatchObject({
      safe_to_clean: true,
      safe_to_clean_blockers: [],
    });
    await activity(id, { paths: ['afterwards.ts'] });
    expect(await blockersOf(id)).toEqual(['owner_busy']);
  });

  it('tells a head that was not merged, by short and long hashes', async () => {
    const id = await start('a');
    await stack.patch(`/work/${id}/git-state`, { ahead: 1, last_commit_hash: 'abcdef12' });
    const pr = { work_item_id: id, pr_number: n, pr_state: 'merged', head_commit_hash: head };
    await stack.post('/links/pr', pr);
    expect(await blockersOf(id)).toEqual(['head_not_merged']);
    await stack.patch(`/work/${id}/git-state`, { last_commit_hash: head.slice(0, 9) });
    expect(await blockersOf(id)).toEqual([]);
  });
});

describe('Untracked work', () => {
  const untracked = (query = '') =>
    stack.get(`/work/untracked?remote_origin=${encodeURIComponent(origin)}${query}`);
  const push = {
    kind: 'push',
    commits: [{ hash: 'a1b2c3d4', files: ['a.ts'], message: 'One' }],
    head_commit_hash: 'a1b2c3d4',
  };

  it('is listed until it is joined or its branch is gone', async () => {
    const place = { remote_origin: origin, branch_name: 'wild', agent_id: 'cy' };
    await stack.send('observe_untracked', { ...place, ...push });
    await stack.send('observe_untracked', { ...place, ...push });
    const { items, total } = await untracked();
    expect(total).toBe(1);
    expect(items[0]).toMatchObject({
      project_id: projectId,
      remote_origin: origin,
      branch_name: 'wild',
      agent_ids: ['cy'],
      commit_count: 1,
      head_commit_hash: 'a1b2c3d4',
    });
    await stack.send('observe_untracked', { ...place, kind: 'branch_deleted' });
    expect((await untracked()).total).toBe(0);
    expect((await untracked('&include=deleted&agent_id=cy')).total).toBe(1);
    expect((await untracked('&include=deleted&agent_id=dora')).total).toBe(0);
  });

  it('is not joined before all of it was told', async () => {
    const place = { remote_origin: origin, branch_name: 'wild' };
    await stack.send('observe_untracked', { ...place, ...push });
    await stack.send('observe_untracked', { ...place, kind: 'tool_mutation', paths: ['b.ts'] });
    const [{ id }] = (await untracked()).items;
    const work_item_id = await start('elsewhere');
    const join = (observations: number) =>
      stack.send('join_untracked', { untracked_id: id, work_item_id, observations });
    expect((await join(1)).status).toBe('unchanged');
    expect((await join(2)).status).toBe('accepted');
    expect((await untracked()).total).toBe(0);
    await stack.send('observe_untracked', { ...place, kind: 'tool_mutation', paths: ['b.ts'] });
    expect((await untracked()).items).toMatchObject([{ commit_count: 0, file_count: 1 }]);
  });
});
