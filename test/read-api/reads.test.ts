import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Json, type Stack, startStack } from './stack.ts';

let stack: Stack;
let widget: Json;
let gadget: Json;
let old: Json;
let spin: Json;
let turn: Json;
let idle: Json;
let done: Json;

// One history for all tests, which read only.
beforeAll(async () => {
  stack = await startStack();
  const register = (name: string, metadata = {}) =>
    stack.post('/projects', { name, remote_origin: `git@github.com:Acme/${name}.git`, metadata });
  widget = await register('widget', { team: 'core', tags: ['a', 'b'] });
  gadget = await register('gadget', { team: 'edge' });
  old = await register('widget-old');
  await stack.app.inject({ method: 'DELETE', url: `/api/v1/projects/${old.id}` });
  const start = (branch_name: string, more = {}) =>
    stack.post('/work', {
      project_id: widget.id,
      branch_name,
      work_type: 'feature',
      owner_id: 'agent-7',
      ...more,
    });
  spin = await start('feature/spin', { source: { type: 'plane_ticket', ref: 'PROJ-123' } });
  turn = await start('feature/turn', { owner_id: 'agent-8', work_type: 'fix' });
  idle = await start('feature/idle', { project_id: gadget.id });
  done = await start('feature/done');
  spin = await stack.patch(`/work/${spin.id}/git-state`, { uncommitted_count: 2 });
  turn = await stack.patch(`/projects/${widget.id}/branches/feature/turn/git-state`, {
    ahead: 3,
    behind: 1,
  });
  done = await stack.post(`/work/${done.id}/complete`, { completion_type: 'merged' });
  await stack.post('/links/ticket', {
    work_item_id: turn.id,
    plane_ticket_id: 'PROJ-123',
    ticket_title: 'Widgets spin backwards',
  });
  await stack.post('/links/ticket', { work_item_id: turn.id, plane_ticket_id: 'PROJ-9/a b' });
});
afterAll(() => stack.close());

const names = (page: { items: { name: string }[] }) => page.items.map((item) => item.name);
const idsOf = (page: { items: { id: string }[] }) => page.items.map((item) => item.id);
const status = async (path: string, headers = {}) => {
  const response = await stack.app.inject({ url: `/api/v1${path}`, headers });
  return response.statusCode;
};

describe('Projects', () => {
  it('are shown with their long id, their work, and the revision as ETag', async () => {
    const response = await stack.app.inject({ url: `/api/v1/projects/${widget.id}` });
    expect(response.json()).toMatchObject({
      id: widget.id,
      project_id: widget.id,
      remote_origin: 'git@github.com:Acme/widget.git',
      trunk_path: '/home/agent/code/widget/trunk-main',
      active: true,
      active_work_items: 2,
      inflight_work_items: 2,
      revision: 0,
    });
    expect(response.headers.etag).toBe('"0"');
  });

  it('can be read by id when they are inactive', async () => {
    expect(await stack.get(`/projects/${old.id}`)).toMatchObject({ active: false, revision: 1 });
  });

  it('are listed active by default, in the order of registration', async () => {
    expect(names(await stack.get('/projects'))).toEqual(['widget', 'gadget']);
    expect(names(await stack.get('/projects?active=false'))).toEqual(['widget-old']);
    expect(await stack.get('/projects?active=all&offset=1&limit=1')).toMatchObject({
      items: [{ name: 'gadget' }],
      total: 3,
      offset: 1,
      limit: 1,
    });
    expect(await stack.get('/projects?offset=50')).toMatchObject({ items: [], total: 2 });
  });

  it('are found by a part of their name, a misspelt one, and their origin', async () => {
    expect(names(await stack.get('/projects?search=widg&active=all'))).toEqual([
      'widget',
      'widget-old',
    ]);
    expect(names(await stack.get('/projects?search=gadgte'))).toEqual(['gadget']);
    expect(names(await stack.get('/projects?search=acme'))).toHaveLength(2);
    const url = encodeURIComponent('https://github.com/acme/gadget');
    expect(names(await stack.get(`/projects?search=${url}`))[0]).toBe('gadget');
    expect(await stack.get('/projects?search=zzzzzz')).toMatchObject({ items: [], total: 0 });
  });

  it('that contain what is searched for come before those that are only like it', async () => {
    expect(names(await stack.get('/projects?search=widget-old&active=all'))).toEqual([
      'widget-old',
      'widget',
    ]);
  });

  it('are found by a misspelt owner where no name is like that', async () => {
    expect(names(await stack.get('/projects?search=acmee'))).toEqual(['widget', 'gadget']);
    expect(await stack.get('/projects?search=acmee&offset=1')).toMatchObject({
      items: [{ name: 'gadget' }],
      total: 2,
    });
    const inCore = encodeURIComponent('{"team":"core"}');
    expect(names(await stack.get(`/projects?search=acmee&metadata=${inCore}`))).toEqual(['widget']);
  });

  it('do not take what is typed into a search for a pattern', async () => {
    expect(names(await stack.get('/projects?search=%25'))).toEqual([]);
    expect(names(await stack.get('/projects?search=_i_'))).toEqual([]);
    expect(names(await stack.get('/projects?search=%5C'))).toEqual([]);
  });

  it('are found by what their metadata contains', async () => {
    const having = (object: object) =>
      stack.get(`/projects?metadata=${encodeURIComponent(JSON.stringify(object))}`);
    expect(names(await having({ team: 'core' }))).toEqual(['widget']);
    expect(names(await having({ tags: ['b'] }))).toEqual(['widget']);
    expect(names(await having({}))).toHaveLength(2);
    expect(await status('/projects?metadata=[1]')).toBe(400);
  });

  it.each([
    'git@github.com:acme/WIDGET.git',
    'https://github.com/Acme/widget',
    'ssh://git@github.com:22/acme/widget.git',
  ])('are found by origin in the form %s', async (origin) => {
    const project = await stack.get(
      `/projects/by-origin?remote_origin=${encodeURIComponent(origin)}`,
    );
    expect(project.id).toBe(widget.id);
  });

  it('answer 404 for an unknown origin and 400 for what is none', async () => {
    expect(await status('/projects/by-origin?remote_origin=git@github.com:acme/no.git')).toBe(404);
    expect(await status('/projects/by-origin?remote_origin=./TonnyBox')).toBe(400);
    expect(await status('/projects/by-origin')).toBe(400);
  });

  it('tell where their trunk and a worktree lie', async () => {
    const path = `/projects/${widget.id}/path`;
    expect((await stack.get(path)).path).toBe('/home/agent/code/widget/trunk-main');
    expect(await stack.get(`${path}?worktree_name=feature-spin`)).toEqual({
      project_id: widget.id,
      worktree_name: 'feature-spin',
      path: '/home/agent/code/widget/feature-spin',
    });
    expect(await status(`${path}?worktree_name=..`)).toBe(400);
    expect(await status(`${path}?worktree_name=a%2Fb`)).toBe(400);
  });
});

describe('Work', () => {
  it('is shown with its source, status, advice and tickets', async () => {
    expect(await stack.get(`/work/${spin.id}`)).toMatchObject({
      work_item_id: spin.id,
      source: { type: 'plane_ticket', ref: 'PROJ-123' },
      uncommitted_files_count: 2,
      status: 'uncommitted',
      advice: 'busy',
      tickets: [{ plane_ticket_id: 'PROJ-123', work_item_id: spin.id }],
    });
    expect(turn).toMatchObject({ status: 'diverged', advice: 'needs_rebase' });
  });

  it('is not sent again to who holds its revision', async () => {
    const tag = `"${spin.revision}"`;
    expect(await status(`/work/${spin.id}`, { 'if-none-match': tag })).toBe(304);
    expect(await status(`/work/${spin.id}`, { 'if-none-match': '"0"' })).toBe(200);
  });

  it('is listed by every filter, in the order it was started', async () => {
    const list = async (query: string) => idsOf(await stack.get(`/work?${query}`));
    expect(await list('')).toEqual([spin.id, turn.id, idle.id, done.id]);
    expect(await list(`project_id=${gadget.id}`)).toEqual([idle.id]);
    expect(await list('owner_id=agent-8')).toEqual([turn.id]);
    expect(await list('work_type=fix')).toEqual([turn.id]);
    expect(await list('status=merged')).toEqual([done.id]);
    expect(await list('active=true')).toEqual([spin.id, turn.id, idle.id]);
    expect(await list('active=false')).toEqual([done.id]);
    expect(await list('source_type=plane_ticket&source_ref=PROJ-123')).toEqual([spin.id]);
    expect(await list('limit=1&offset=1')).toEqual([turn.id]);
  });

  it('is in flight when it is active and not clean', async () => {
    const list = async (query: string) => idsOf(await stack.get(`/work/inflight?${query}`));
    expect(await list('')).toEqual([spin.id, turn.id]);
    expect(await list('include=clean')).toEqual([spin.id, turn.id, idle.id]);
    expect(await list(`project_id=${widget.id}&owner_id=agent-8`)).toEqual([turn.id]);
  });
});

describe('Links and trace', () => {
  it('lead from a work item to its tickets', async () => {
    const { tickets } = await stack.get(`/links?work_item_id=${turn.id}`);
    expect(tickets.map((link: Json) => link.plane_ticket_id)).toEqual(['PROJ-123', 'PROJ-9/a b']);
    expect(tickets[0].link_id).toBe(tickets[0].id);
  });

  it('lead from a ticket to its work items, whatever its name', async () => {
    const list = await stack.get('/links/ticket/PROJ-123');
    expect(list.items.map((link: Json) => link.work_item_id)).toEqual([spin.id, turn.id]);
    expect(list.total).toBe(2);
    expect((await stack.get('/links/ticket/PROJ-9%2Fa%20b')).total).toBe(1);
    expect((await stack.get('/links/ticket/PROJ-0')).items).toEqual([]);
  });

  it('trace a ticket to the work on it', async () => {
    const trace = await stack.get('/trace/ticket/PROJ-123');
    expect(trace.entity).toEqual({ type: 'ticket', id: 'PROJ-123' });
    expect(idsOf({ items: trace.chain.work_items })).toEqual([spin.id, turn.id]);
    expect(trace.chain.tickets).toMatchObject([
      { plane_ticket_id: 'PROJ-123', ticket_title: 'Widgets spin backwards', ticket_url: null },
    ]);
  });

  it('trace a work item to its tickets', async () => {
    const { chain } = await stack.get(`/trace/work_item/${turn.id}`);
    expect(chain.tickets.map((ticket: Json) => ticket.plane_ticket_id)).toEqual([
      'PROJ-123',
      'PROJ-9/a b',
    ]);
    expect(idsOf({ items: chain.work_items })).toEqual([turn.id]);
  });

  it('are an empty chain when nothing is linked, and 400 for an unknown type', async () => {
    const empty = { tickets: [], work_items: [], commits: [], prs: [], deploys: [] };
    expect((await stack.get('/trace/ticket/NOPE-1')).chain).toEqual(empty);
    expect((await stack.get(`/trace/work_item/${widget.id}`)).chain).toEqual(empty);
    expect(await status('/trace/spaceship/1')).toBe(400);
    expect(await status('/trace/work_item/1')).toBe(400);
  });
});

describe('Stats', () => {
  it('count projects and work by status and type', async () => {
    expect(await stack.get('/stats')).toEqual({
      total_projects: 3,
      active_projects: 2,
      total_work_items: 4,
      active_work_items: 3,
      inflight_work_items: 2,
      work_items_by_status: { clean: 1, diverged: 1, merged: 1, uncommitted: 1 },
      work_items_by_type: { feature: 3, fix: 1 },
      total_components: 0,
    });
  });
});

describe('History', () => {
  it('tells what happened to an entity, by whom, in order and in pages', async () => {
    const first = await stack.get(`/history/work_item/${spin.id}?limit=2`);
    expect(first.items.map((event: Json) => event.type)).toEqual([
      'imi.work.started',
      'imi.link.ticket_linked',
    ]);
    expect(first.items[0]).toMatchObject({
      revision: 0,
      position: expect.stringMatching(/^\d+$/),
      occurred_at: spin.created_at,
      metadata: { actor: 'anonymous', source: { app: 'imi-http' } },
    });
    const rest = await stack.get(
      `/history/work_item/${spin.id}?from_revision=${first.next_revision}`,
    );
    expect(rest.items.map((event: Json) => event.type)).toEqual(['imi.work.git_state_updated']);
    expect(rest.next_revision).toBeNull();
  });

  it('answers 404 for an entity without one and 400 for an unknown kind', async () => {
    expect(await status(`/history/project/${spin.id}`)).toBe(404);
    expect(await status(`/history/spaceship/${spin.id}`)).toBe(400);
    expect(await status('/history/project/1')).toBe(400);
  });
});

describe('Unknown entities', () => {
  it.each(['projects/', 'work/', 'links?work_item_id='])('answer 404 under %s', async (path) => {
    expect(await status(`/${path}9b1c2a34-5d6e-4f70-8a9b-0c1d2e3f4a5b`)).toBe(404);
  });
});
