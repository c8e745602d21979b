import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import { issueId, projectUuid } from '../commands/translation/plane-bodies.ts';
import { command, settings } from '../support/commands.ts';
import { type Json, type Stack, startStack } from './stack.ts';

let stack: Stack;
let spin: Json;
let turn: Json;

const observe = async (body: object, now: string) => {
  const handler = new EventSourcedCommandHandler(stack.store, settings);
  await handler.handle(command('observe_ticket', body, { now }));
};

const issue = {
  plane_issue_id: issueId,
  plane_project_id: projectUuid,
  sequence_id: 7,
  ticket_title: 'Turn around',
};

// One history for all tests, which read only.
beforeAll(async () => {
  stack = await startStack();
  const project = await stack.post('/projects', {
    name: 'widget',
    remote_origin: 'git@github.com:acme/widget.git',
  });
  const start = (branch_name: string, ref: string) =>
    stack.post('/work', {
      project_id: project.id,
      branch_name,
      work_type: 'feature',
      owner_id: 'agent-7',
      source: { type: 'plane_ticket', ref },
    });
  const spins = { plane_ticket_id: 'PROJ-123', ticket_title: 'Spin', ticket_state: 'Todo' };
  await observe({ ...spins, ticket_url: 'https://plane.so/123' }, '2026-01-01T00:00:00.000Z');
  spin = await start('feature/spin', 'PROJ-123');
  turn = await start('feature/turn', issueId);
  await observe(issue, '2099-01-01T00:00:00.000Z');
  const known = { plane_project_id: projectUuid, identifier: 'CORE' };
  const handler = new EventSourcedCommandHandler(stack.store, settings);
  await handler.handle(command('observe_plane_project', known));
  await observe({ ...issue, ticket_state: 'Done' }, '2099-01-02T00:00:00.000Z');
  await observe({ plane_ticket_id: 'PROJ-9', deleted: true }, '2099-01-03T00:00:00.000Z');
  const head = await stack.store.head();
  await stack.get(`/work/${spin.id}?after=${head}`);
});
afterAll(() => stack.close());

describe('A ticket that Plane told of', () => {
  it('is shown with the work it was linked to later', async () => {
    const { tickets } = await stack.get(`/work/${spin.id}`);
    expect(tickets).toMatchObject([
      {
        plane_ticket_id: 'PROJ-123',
        ticket_title: 'Spin',
        ticket_url: 'https://plane.so/123',
        ticket_state: 'Todo',
        ticket_observed_at: '2026-01-01T00:00:00.000Z',
        ticket_observed: 'before_work',
        ticket_deleted_at: null,
      },
    ]);
  });

  it('is joined to work that was there before, and by Plane’s id once it has a key', async () => {
    const seen = { ticket_title: 'Turn around', ticket_state: 'Done' };
    const expected = [{ ...seen, plane_ticket_id: issueId, ticket_observed: 'after_work' }];
    const byWork = await stack.get(`/links?work_item_id=${turn.id}`);
    expect(byWork.tickets).toMatchObject(expected);
    expect(byWork.tickets[0].ticket_observed_at).toBe('2099-01-01T00:00:00.000Z');
    for (const name of ['CORE-7', issueId]) {
      const links = await stack.get(`/links/ticket/${name}`);
      expect(links).toMatchObject({ total: 1, items: expected });
    }
  });

  it('is shown in the in-flight list', async () => {
    const { items } = await stack.get('/work/inflight?include=clean');
    expect(items.map((item: Json) => item.tickets[0].ticket_state)).toEqual(['Todo', 'Done']);
  });

  it('is traced to its work, under either of its names', async () => {
    for (const name of ['CORE-7', issueId]) {
      const { chain } = await stack.get(`/trace/ticket/${name}`);
      expect(chain.work_items.map((item: Json) => item.id)).toEqual([turn.id]);
      expect(chain.tickets).toMatchObject([{ ticket_state: 'Done' }]);
    }
  });

  it('is traced when no work is linked to it, and shown as gone', async () => {
    const { chain } = await stack.get('/trace/ticket/PROJ-9');
    expect(chain.work_items).toEqual([]);
    expect(chain.tickets).toMatchObject([
      { plane_ticket_id: 'PROJ-9', ticket_deleted_at: '2099-01-03T00:00:00.000Z' },
    ]);
  });

  it('keeps what the link says of it', async () => {
    const said = { ticket_title: 'My own words', ticket_url: 'https://example.com/mine' };
    const body = { work_item_id: turn.id, plane_ticket_id: 'PROJ-123', ...said };
    expect(await stack.post('/links/ticket', body)).toMatchObject({
      ...said,
      ticket_state: 'Todo',
    });
  });

  it('has a history of its own', async () => {
    const { items, id } = await stack.get('/history/ticket/PROJ-123');
    expect(id).toBe('PROJ-123');
    expect(items).toMatchObject([{ type: 'imi.ticket.observed', data: { ticket_title: 'Spin' } }]);
    const none = await stack.app.inject({ url: '/api/v1/history/ticket/NOPE-1' });
    expect(none.statusCode).toBe(404);
  });
});
