import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Json, type Stack, startStack } from './stack.ts';

// What is in flight and traces are asked for before each change, so that they are kept, and after it.

const hash = (start: string) => start.padEnd(40, '0');
const day = 86_400_000;

let stack: Stack;
let now: number;
let project: Json;
let item: Json;
let branches = 0;

beforeAll(async () => {
  now = Date.now();
  stack = await startStack(() => new Date(now).toISOString());
  const remote_origin = 'git@github.com:Acme/widget.git';
  project = await stack.post('/projects', { name: 'widget', remote_origin });
});
afterAll(() => stack.close());

beforeEach(async () => {
  branches += 1;
  item = await stack.post('/work', {
    ...{ project_id: project.id, branch_name: `feature/${branches}`, work_type: 'feature' },
    ...{ owner_id: `agent-${branches}`, source: { type: 'plane_ticket', ref: ticket() } },
  });
  await gitState({ ahead: 1 });
  await stack.send('record_activity', {
    ...{ work_item_id: item.id, kind: 'push' },
    commits: [{ hash: hash(`aaaaaa${branches}`), message: 'Begin' }],
  });
  await asked();
});

const ticket = () => `PROJ-${branches}`;
const gitState = (body: object) => stack.patch(`/work/${item.id}/git-state`, body);
const inflight = async () => (await stack.get(`/work/inflight?owner_id=${item.owner_id}`)).items;
const chain = async () => (await stack.get(`/trace/ticket/${ticket()}`)).chain;

/** Both answers as they are, twice, held against reads that nothing is kept of. */
async function asked(isInFlight = true) {
  for (let time = 1; time <= 2; time += 1) {
    const read = await stack.get(`/work/${item.id}`);
    expect(await inflight()).toEqual(isInFlight ? [read] : []);
    const { work_items, tickets, prs } = await chain();
    expect(work_items).toEqual([read]);
    const links = await stack.get(`/links?work_item_id=${item.id}`);
    expect(prs).toEqual(links.prs);
    // In no order that two links of the same moment have by themselves.
    const linked = links.tickets.find((link: Json) => link.plane_ticket_id === ticket());
    expect(tickets[0].ticket_title).toBe(linked.ticket_title);
  }
  return { ...(await chain()), shown: (await chain()).work_items[0] };
}

describe('An answer that was kept', () => {
  it('is given up when the git state has changed', async () => {
    await gitState({ ahead: 3, behind: 2 });
    expect((await asked()).shown).toMatchObject({ ahead_of_trunk: 3, status: 'diverged' });
  });

  it('is given up when a pull request was opened, and when it was merged', async () => {
    const pr = await stack.post('/links/pr', { work_item_id: item.id, pr_number: branches });
    expect((await asked()).shown.open_prs).toHaveLength(1);
    await stack.patch(`/links/pr/${pr.id}`, { pr_state: 'merged' });
    const { prs, shown } = await asked();
    expect([prs[0].pr_state, shown.open_prs]).toEqual(['merged', []]);
  });

  it('is given up when another ticket was linked, and when Plane tells of one', async () => {
    const other = `OTHER-${branches}`;
    await stack.post('/links/ticket', { work_item_id: item.id, plane_ticket_id: other });
    expect((await asked()).shown.tickets).toHaveLength(2);
    await stack.send('observe_ticket', { plane_ticket_id: ticket(), ticket_title: 'Turn' });
    const { tickets } = await asked();
    expect(tickets[0].ticket_title).toBe('Turn');
  });

  it('is given up when a commit was told, and told again with more', async () => {
    const told = hash(`bbbbbb${branches}`);
    await gitState({ last_commit_hash: told });
    expect((await asked()).commits.map((commit: Json) => commit.message)).toEqual(['Begin', null]);
    await stack.send('record_activity', {
      ...{ work_item_id: item.id, kind: 'push', commits: [{ hash: told, message: 'Turn' }] },
    });
    const { commits } = await asked();
    expect(commits.map((commit: Json) => commit.message)).toEqual(['Begin', 'Turn']);
  });

  it('shows a deploy as soon as there is one', async () => {
    const deploy_id = `deploy-${branches}`;
    const commit_hash = hash(`aaaaaa${branches}`);
    await stack.post('/links/deploy', {
      ...{ deploy_id, environment: 'production', repo: 'acme/widget', commit_hash },
    });
    const { deploys } = await asked();
    expect(deploys.map((deploy: Json) => deploy.deploy_id)).toEqual([deploy_id]);
  });

  it('is given up when the work has ended', async () => {
    await stack.post(`/work/${item.id}/complete`, { completion_type: 'abandoned' });
    expect((await asked(false)).shown.status).toBe('abandoned');
  });

  it('is given up when nothing was heard of the work for so long that it is stale', async () => {
    expect((await asked()).shown.stale).toBe(false);
    now += 15 * day;
    expect((await asked()).shown).toMatchObject({ stale: true, stale_reason: 'silent' });
  });

  it('shows all commits of the work after a trace that shows one', async () => {
    const one = hash(`cccccc${branches}`);
    await stack.send('record_activity', {
      ...{ work_item_id: item.id, kind: 'push', commits: [{ hash: one }] },
    });
    expect((await stack.get(`/trace/commit/${one}`)).chain.commits).toHaveLength(1);
    expect((await asked()).commits).toHaveLength(2);
    expect((await stack.get(`/trace/commit/${one}`)).chain.commits).toHaveLength(1);
  });

  // Last: nothing is projected after it.
  it('is the same in a generation that was built anew', async () => {
    const before = await asked();
    await stack.rebuild();
    expect(await asked()).toEqual(before);
  });
});
