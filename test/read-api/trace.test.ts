import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Json, type Stack, startStack } from './stack.ts';

const hash = (start: string) => start.padEnd(40, '0');
const first = hash('1111111a');
const second = hash('2222222b');
const merge = hash('3333333c');

let stack: Stack;
let widget: Json;
let gadget: Json;
let spin: Json;
let stray: Json;
let pr: Json;
let deploy: Json;

// One story for all tests, which read only: a ticket, its work, two pushes, a pull request, its
// merge and a deploy; and beside it another project with a pull request of the same number.
beforeAll(async () => {
  stack = await startStack();
  const register = (name: string) =>
    stack.post('/projects', { name, remote_origin: `git@github.com:Acme/${name}.git` });
  widget = await register('widget');
  gadget = await register('gadget');
  const start = (project: Json, branch_name: string, more = {}) =>
    stack.post('/work', {
      ...{ project_id: project.id, branch_name, work_type: 'feature', owner_id: 'agent-7' },
      ...more,
    });
  const source = { type: 'plane_ticket', ref: 'PROJ-123' };
  spin = await start(widget, 'feature/spin', { source });
  stray = await start(gadget, 'feature/spin');
  const push = (commits: object[]) =>
    stack.send('record_activity', { work_item_id: spin.id, kind: 'push', commits });
  await push([{ hash: first, message: 'Spin', author_name: 'Ann', files: ['src/spin.ts'] }]);
  await stack.patch(`/work/${spin.id}/git-state`, { last_commit_hash: first.slice(0, 9) });
  await push([{ hash: second, message: 'Spin faster', author_name: 'Ann' }]);
  const work_item_id = spin.id;
  pr = await stack.post('/links/pr', { work_item_id, pr_number: 42, pr_title: 'Spin' });
  await stack.post('/links/pr', { work_item_id: stray.id, pr_number: 42 });
  const merged = { pr_state: 'merged', merge_commit_hash: merge, merged_by: 'ann' };
  pr = await stack.patch(`/links/pr/${pr.id}`, merged);
  await stack.post(`/work/${spin.id}/complete`, { completion_type: 'merged' });
  const shipped = { environment: 'production', repo: 'acme/widget', commit_hash: merge };
  deploy = await stack.post('/links/deploy', { deploy_id: 'deploy-7', ...shipped });
});
afterAll(() => stack.close());

const trace = (type: string, id: string) =>
  stack.get(`/trace/${type}/${encodeURIComponent(id)}`) as Promise<Json>;

describe('A trace', () => {
  it.each([
    ['ticket', () => 'PROJ-123'],
    ['work_item', () => spin.id],
    ['branch', () => 'acme/WIDGET@feature/spin'],
    ['branch', () => `${widget.id}:feature/spin`],
    ['pr', () => 'acme/widget#42'],
    ['pr', () => 'https://github.com/acme/widget/pull/42/files'],
    ['pr', () => `${widget.id}:42`],
    ['deploy', () => 'deploy-7'],
  ])('from the %s leads to the whole story (%#)', async (type, id) => {
    const { entity, chain, ambiguous } = await trace(type, id());
    expect(entity).toEqual({ type, id: id() });
    expect(ambiguous).toBe(type === 'pr' ? false : undefined);
    expect(chain.tickets.map((ticket: Json) => ticket.plane_ticket_id)).toEqual(['PROJ-123']);
    expect(chain.work_items).toEqual([await stack.get(`/work/${spin.id}`)]);
    expect(chain.commits.map((commit: Json) => commit.hash)).toEqual([first, second, merge]);
    expect(chain.commits[0]).toEqual({
      work_item_id: spin.id,
      branch_name: 'feature/spin',
      hash: first,
      message: 'Spin',
      author_name: 'Ann',
      files: ['src/spin.ts'],
      committed_at: null,
      seen_at: expect.stringMatching(/Z$/),
    });
    expect(chain.prs).toEqual([pr]);
    expect(chain.deploys).toEqual([deploy]);
  });

  it.each([
    ['in full', first],
    ['cut short', first.slice(0, 8).toUpperCase()],
  ])('from a commit %s leads to its work, and shows no other commit', async (_how, id) => {
    const { chain } = await trace('commit', id);
    expect(chain.commits.map((commit: Json) => commit.hash)).toEqual([first]);
    expect(chain.work_items.map((item: Json) => item.id)).toEqual([spin.id]);
    expect(chain.tickets).toHaveLength(1);
    expect(chain.prs).toEqual([pr]);
    expect(chain.deploys).toEqual([deploy]);
  });

  it('from a bare number shows the pull requests of all projects, and says so', async () => {
    const { chain, ambiguous } = await trace('pr', '42');
    expect(ambiguous).toBe(true);
    expect(chain.prs.map((each: Json) => each.project_id).sort()).toEqual(
      [widget.id, gadget.id].sort(),
    );
    expect(chain.work_items.map((item: Json) => item.id)).toEqual([spin.id, stray.id]);
    expect(chain.work_items[1].open_prs).toMatchObject([{ pr_number: 42 }]);
  });

  it('from a branch by its name alone shows that of every project', async () => {
    const { ambiguous, chain } = await trace('branch', 'feature/spin');
    expect(ambiguous).toBe(true);
    expect(chain.work_items.map((item: Json) => item.id)).toEqual([spin.id, stray.id]);
  });

  it('takes slashes as they are', async () => {
    const { entity, chain } = await stack.get('/trace/branch/acme/widget@feature/spin');
    expect(entity).toEqual({ type: 'branch', id: 'acme/widget@feature/spin' });
    expect(chain.work_items).toHaveLength(1);
    const wrong = await stack.app.inject({ url: '/api/v1/trace/spaceship/a/b' });
    expect(wrong.statusCode).toBe(400);
  });

  it.each([
    ['ticket', 'NOPE-1'],
    ['work_item', '9b1c2a34-5d6e-4f70-8a9b-0c1d2e3f4a5b'],
    ['branch', 'acme/widget@feature/none'],
    ['branch', 'acme/unknown@main'],
    ['commit', 'fffffff'],
    ['pr', '7'],
    ['pr', 'https://gitlab.com/acme/widget/-/merge_requests/1'],
    ['deploy', 'deploy-0'],
  ])('from a %s that nothing is linked to is an empty chain: %s', async (type, id) => {
    const { chain } = await trace(type, id);
    const empty = { tickets: [], work_items: [], commits: [], prs: [], deploys: [] };
    expect(chain).toEqual(empty);
  });

  it.each([
    ['spaceship', '1'],
    ['work_item', '1'],
    ['branch', 'widget@feature/spin'],
    ['branch', '@'],
    ['branch', 'acme/widget@'],
    ['commit', 'abc'],
    ['commit', 'not-a-hash'],
    ['pr', 'widget#42'],
    ['pr', '0'],
    ['pr', '99999999999'],
  ])('from a %s that cannot be one is refused: %s', async (type, id) => {
    const url = `/api/v1/trace/${type}/${encodeURIComponent(id)}`;
    const response = await stack.app.inject({ url });
    expect(response.statusCode).toBe(400);
    expect(response.json().detail.code).toBe('VALIDATION_ERROR');
  });

  it('leads to a deploy that ships nothing iMi knows', async () => {
    const lonely = { deploy_id: 'lonely', environment: 'staging', commit_hash: hash('9999999') };
    await stack.post('/links/deploy', lonely);
    const { chain } = await trace('deploy', 'lonely');
    expect(chain.deploys).toMatchObject([{ deploy_id: 'lonely', work_item_ids: [] }]);
    expect(chain.work_items).toEqual([]);
  });
});
