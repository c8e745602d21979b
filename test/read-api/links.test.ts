import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Json, type Stack, startStack } from './stack.ts';

const hash = (start: string) => start.padEnd(40, '0');

let stack: Stack;
let widget: Json;
beforeAll(async () => {
  stack = await startStack();
  const remote_origin = 'git@github.com:Acme/widget.git';
  widget = await stack.post('/projects', { name: 'widget', remote_origin });
});
afterAll(() => stack.close());

const start = (branch_name: string) =>
  stack.post('/work', {
    ...{ project_id: widget.id, branch_name, work_type: 'feature', owner_id: 'agent-7' },
  });
const request = (method: 'POST' | 'PATCH', path: string, payload: object, headers = {}) =>
  stack.app.inject({ method, url: `/api/v1${path}`, payload, headers });

describe('A pull request', () => {
  it('is 201 when it is linked, 200 when it is linked again, and 409 for another work item', async () => {
    const work = await start('pr/once');
    const other = await start('pr/other');
    const body = { project_id: widget.id, branch: 'pr/once', pr_number: 1, pr_title: 'One' };
    const created = await request('POST', '/links/pr', body);
    expect(created.statusCode).toBe(201);
    const link = created.json();
    expect(link).toMatchObject({
      ...{ id: link.id, link_id: link.id, pr_link_id: link.id, work_item_id: work.id },
      ...{ project_id: widget.id, pr_number: 1, pr_state: 'open', pr_title: 'One' },
      pr_url: 'https://github.com/Acme/widget/pull/1',
    });
    const again = await request('POST', '/links/pr', body);
    expect([again.statusCode, again.json()]).toEqual([200, link]);
    const taken = await request('POST', '/links/pr', { work_item_id: other.id, pr_number: 1 });
    expect(taken.statusCode).toBe(409);
    expect(taken.json().detail).toMatchObject({
      code: 'CONFLICT',
      params: { work_item_id: work.id, pr_number: 1 },
    });
  });

  it('is closed, reopened and merged by PATCH, and is then final', async () => {
    const work = await start('pr/states');
    const { id } = await stack.post('/links/pr', { work_item_id: work.id, pr_number: 2 });
    const move = (pr_state: string, more = {}) =>
      request('PATCH', `/links/pr/${id}`, { pr_state, ...more });
    for (const state of ['closed', 'closed', 'open', 'merged', 'merged']) {
      const response = await move(state);
      expect([response.statusCode, response.json().pr_state]).toEqual([200, state]);
    }
    expect((await move('open')).statusCode).toBe(409);
    expect((await move('sideways')).statusCode).toBe(400);
    expect((await move('merged', { colour: 'red' })).statusCode).toBe(400);
    const unknown = `/links/pr/${work.id}`;
    expect((await request('PATCH', unknown, { pr_state: 'open' })).statusCode).toBe(404);
  });

  it('is shown with the work in flight as long as it is open, and always among its links', async () => {
    const work = await start('pr/shown');
    await stack.patch(`/work/${work.id}/git-state`, { ahead: 1 });
    await stack.post('/links/pr', { work_item_id: work.id, pr_number: 3 });
    const closed = await stack.post('/links/pr', { work_item_id: work.id, pr_number: 4 });
    await stack.patch(`/links/pr/${closed.id}`, { pr_state: 'closed' });
    const { items } = await stack.get('/work/inflight');
    const [inflight] = items.filter((item: Json) => item.id === work.id);
    expect(inflight.open_prs.map((pr: Json) => pr.pr_number)).toEqual([3]);
    const { prs } = await stack.get(`/links?work_item_id=${work.id}`);
    expect(prs.map((pr: Json) => [pr.pr_number, pr.pr_state])).toEqual([
      [3, 'open'],
      [4, 'closed'],
    ]);
  });

  it('moves the ETag of its work item', async () => {
    const work = await start('pr/etag');
    const link = await stack.post('/links/pr', { work_item_id: work.id, pr_number: 5 });
    const shown = await stack.get(`/work/${work.id}`);
    expect(shown.revision).toBeGreaterThan(work.revision);
    const move = (revision: number) =>
      request(
        'PATCH',
        `/links/pr/${link.id}`,
        { pr_state: 'closed' },
        { 'if-match': `"${revision}"` },
      );
    expect((await move(work.revision)).statusCode).toBe(412);
    expect((await move(shown.revision)).statusCode).toBe(200);
  });
});

describe('Work', () => {
  it('is shown alike in flight, in traces, in lists and by its id, whatever its texts hold', async () => {
    const work = await stack.post('/work', {
      ...{ project_id: widget.id, branch_name: 'odd/ümlaut', work_type: 'feature' },
      ...{ owner_id: 'agent "9"', source: { type: 'plane_ticket', ref: 'ODD-1' } },
      ...{ worktree: { type: 'feat', name: 'spin', host: null } },
      metadata: { quoted: '"\\"', deep: [1, null, { a: '😀' }] },
    });
    await stack.patch(`/work/${work.id}/git-state`, {
      ...{ ahead: 2, last_commit_hash: hash('abcdef2') },
      last_commit_message: 'Say "no"\n\tand \\, ümlaut 😀',
    });
    const merged = { work_item_id: work.id, pr_number: 81, pr_title: 'On "one" line' };
    const { id } = await stack.post('/links/pr', merged);
    await stack.patch(`/links/pr/${id}`, { pr_state: 'merged' });
    const shown = await stack.get(`/work/${work.id}`);
    expect(shown).toMatchObject({ owner_id: 'agent "9"', tickets: [{ plane_ticket_id: 'ODD-1' }] });
    const ofOwner = `owner_id=${encodeURIComponent('agent "9"')}`;
    for (const path of [`/work/inflight?${ofOwner}`, `/work?${ofOwner}`]) {
      expect(await stack.get(path)).toMatchObject({ items: [shown], total: 1 });
      expect((await stack.get(path)).items[0]).toEqual(shown);
    }
    const { chain } = await stack.get(`/trace/work_item/${work.id}`);
    expect(chain.work_items).toEqual([shown]);
  });
});

describe('Activity', () => {
  it('moves last_activity_at and not last_sync_at', async () => {
    const work = await start('activity');
    const at = new Date(Date.parse(work.created_at) + 3_600_000).toISOString();
    const body = { work_item_id: work.id, kind: 'tool_mutation' };
    expect((await stack.send('record_activity', body, at)).status).toBe('accepted');
    expect((await stack.send('record_activity', body, at)).status).toBe('unchanged');
    const shown = await stack.get(`/work/${work.id}`);
    expect(shown).toMatchObject({ last_activity_at: at, last_sync_at: null });
  });
});

describe('A deploy', () => {
  const environment = 'production';

  it('is 201 when it is new, 200 when it is known, and links the work whose commits it ships', async () => {
    const [named, merged, later] = [await start('d/a'), await start('d/b'), await start('d/c')];
    const merge = { completion_type: 'merged', merge_commit_hash: hash('aaaaaaa1') };
    await stack.post(`/work/${merged.id}/complete`, merge);
    const body = {
      ...{ deploy_id: 'run-1', environment, commit_hash: 'aaaaaaa1', work_item_id: named.id },
      deployment_commits: [hash('bbbbbbb2')],
    };
    const created = await request('POST', '/links/deploy', body);
    expect(created.statusCode).toBe(201);
    const deploy = created.json();
    expect(deploy).toMatchObject({
      ...{ link_id: deploy.id, deploy_id: 'run-1', environment, result: 'success' },
      ...{ project_id: widget.id, remote_origin: 'git@github.com:Acme/widget.git' },
      work_item_ids: [named.id, merged.id].sort(),
    });
    expect((await request('POST', '/links/deploy', body)).statusCode).toBe(200);

    // Pushed, or heard of, only after it was deployed.
    const commits = [{ hash: hash('bbbbbbb2') }];
    await stack.send('record_activity', { work_item_id: later.id, kind: 'push', commits });
    for (const work of [named, merged, later]) {
      const { deploys } = await stack.get(`/links?work_item_id=${work.id}`);
      expect(deploys).toMatchObject([
        { deploy_id: 'run-1', deployment_commits: [hash('bbbbbbb2')] },
      ]);
    }
  });

  it('gains a work item when it is recorded again for another one', async () => {
    const [a, b] = [await start('d/one'), await start('d/two')];
    const body = { deploy_id: 'run-2', environment, commit_hash: hash('ccccccc3') };
    for (const work_item_id of [a.id, b.id]) {
      const response = await request('POST', '/links/deploy', { ...body, work_item_id });
      expect(response.statusCode).toBe(201);
    }
    const { deploys } = await stack.get(`/links?work_item_id=${a.id}`);
    expect(deploys[0].work_item_ids).toEqual([a.id, b.id].sort());
  });

  it('that failed ships nothing until it succeeds', async () => {
    const work = await start('d/failed');
    const body = {
      ...{ deploy_id: 'run-3', environment, commit_hash: hash('ddddddd4') },
      work_item_id: work.id,
    };
    const failed = await stack.post('/links/deploy', { ...body, result: 'failure' });
    expect(failed).toMatchObject({ result: 'failure', work_item_ids: [] });
    const links = `/links?work_item_id=${work.id}`;
    expect((await stack.get(links)).deploys).toEqual([]);
    await stack.post('/links/deploy', body);
    expect((await stack.get(links)).deploys).toMatchObject([{ result: 'success' }]);
  });

  it('of a repository nobody has registered is joined with it later', async () => {
    const late = 'https://github.com/acme/late';
    const commit_hash = hash('eeeeeee5');
    const body = { deploy_id: 'run-4', environment, commit_hash };
    const deploy = await stack.post('/links/deploy', { ...body, remote_origin: late });
    expect(deploy).toMatchObject({ project_id: null, work_item_ids: [] });
    await stack.post('/projects', { name: 'late', remote_origin: 'git@github.com:Acme/Late.git' });
    const address = { remote_origin: late, branch_name: 'x' };
    const work = await stack.post('/work', { ...address, work_type: 'fix', owner_id: 'a' });
    await stack.patch(`/work/${work.id}/git-state`, { last_commit_hash: commit_hash });
    const { deploys } = await stack.get(`/links?work_item_id=${work.id}`);
    expect(deploys).toMatchObject([{ deploy_id: 'run-4', work_item_ids: [work.id] }]);
  });

  it.each([
    ['no commit', { commit_hash: undefined }, 400],
    ['a commit that is none', { commit_hash: 'HEAD' }, 400],
    ['a repository that is none', { repo: './TonnyBox' }, 400],
    ['two repositories', { repo: 'acme/a', remote_origin: 'acme/b' }, 400],
    ['a field nobody knows', { colour: 'red' }, 400],
    ['work that is not there', { work_item_id: '9b1c2a34-5d6e-4f70-8a9b-0c1d2e3f4a5b' }, 404],
  ])('with %s is refused', async (_what, wrong, status) => {
    const body = { deploy_id: 'run-9', environment, commit_hash: 'abcdef1', ...wrong };
    expect((await request('POST', '/links/deploy', body)).statusCode).toBe(status);
  });
});
