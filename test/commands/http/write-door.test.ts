import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../../src/events/event-store.ts';
import { toUuid } from '../../../src/events/ids.ts';
import {
  accepted,
  ids,
  link,
  project,
  projectId,
  rejected,
  unchanged,
  type WriteServer,
  workItem,
  workItemId,
  writeServer,
} from '../../http/server.ts';

let server: WriteServer;
beforeEach(async () => {
  server = await writeServer();
});
afterEach(() => server.app.close());

const register = { name: 'widget', remote_origin: 'git@github.com:acme/widget.git' };
const send = (
  method: 'POST' | 'PATCH' | 'DELETE',
  path: string,
  payload?: object,
  headers: Record<string, string> = {},
) => server.app.inject({ method, url: `/api/v1${path}`, ...(payload && { payload }), headers });

describe('The answers to writes', () => {
  it('are 201 and the whole entity when a project was registered', async () => {
    const response = await send('POST', '/projects', register);
    expect(response.statusCode).toBe(201);
    expect(response.json()).toEqual(project);
    expect(response.headers).toMatchObject({ 'imi-position': '4711', etag: '"3"' });
    expect(server.readModel.waits).toEqual([4711n]);
    expect(server.outcomes).toEqual(['register_project accepted']);
  });

  it('are 200 and the same entity when it was registered already', async () => {
    server.handler.next = unchanged;
    const response = await send('POST', '/projects', register);
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual(project);
  });

  it('are 204 without a body when a project was deactivated, and when it was inactive', async () => {
    for (const outcome of [accepted, unchanged]) {
      server.handler.next = outcome;
      const response = await send('DELETE', `/projects/${projectId}`);
      expect([response.statusCode, response.body]).toEqual([204, '']);
      expect(response.headers).toMatchObject({ etag: expect.any(String) });
    }
    expect(server.handler.last).toMatchObject({
      name: 'deactivate_project',
      body: { project_id: projectId },
    });
  });

  it('are 201 for a new link and 200 for one that was there', async () => {
    const body = { work_item_id: workItemId, plane_ticket_id: 'PROJ-123' };
    const first = await send('POST', '/links/ticket', body);
    server.handler.next = unchanged;
    const second = await send('POST', '/links/ticket', body);
    expect([first.statusCode, second.statusCode]).toEqual([201, 200]);
    expect(second.json()).toEqual(link);
  });

  it('are 202 with the outcome when the read model does not come so far in time', async () => {
    server.readModel.reached = false;
    const response = await send('POST', '/work', startBody);
    expect(response.statusCode).toBe(202);
    expect(response.json()).toEqual({
      status: 'accepted',
      command_id: server.handler.last.id,
      ...ids,
      position: '4711',
      revision: 3,
    });
  });

  it('are 202 when the read model is away: the write is durable all the same', async () => {
    server.readModel.failing = true;
    expect((await send('POST', '/projects', register)).statusCode).toBe(202);
    expect((await send('DELETE', `/projects/${projectId}`)).statusCode).toBe(202);
  });

  it('do not wait when the client prefers so', async () => {
    const response = await send('POST', '/projects', register, { prefer: 'respond-async, wait=5' });
    expect(response.statusCode).toBe(202);
    expect(response.headers).toMatchObject({
      'preference-applied': 'respond-async',
      'imi-position': '4711',
    });
    expect(server.readModel.waits).toEqual([]);
  });

  it('are the planned events and nothing else on a dry run', async () => {
    const response = await send('POST', '/projects?dry_run=true', register);
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      dry_run: true,
      status: 'accepted',
      events: [{ type: 'imi.project.registered', data: { project_id: projectId } }],
    });
    expect(server.outcomes).toEqual([]);
  });

  it('are 503 with Retry-After when the event store is away', async () => {
    server.handler.next = () => {
      throw new StoreUnavailableError('gone');
    };
    const response = await send('POST', '/projects', register);
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('1');
    expect(response.json()).toMatchObject({ detail: { code: 'UNAVAILABLE' } });
  });

  it.each([
    ['VALIDATION_ERROR', 400],
    ['NOT_FOUND', 404],
    ['CONFLICT', 409],
    ['PRECONDITION_FAILED', 412],
  ] as const)('have the status of a refusal: %s is %i', async (code, status) => {
    server.handler.next = rejected({ code, message: 'No', params: { work_item_id: workItemId } });
    const response = await send('POST', '/projects', register);
    expect(response.statusCode).toBe(status);
    expect(response.json()).toEqual({
      detail: { code, message: 'No', params: { work_item_id: workItemId } },
    });
    expect(response.headers['imi-position']).toBe('4712');
    expect(server.outcomes).toEqual([`register_project ${code}`]);
  });

  it('say that bad fields which the handler found stand in the body', async () => {
    const errors = [{ path: 'remote_origin', message: 'must be a remote' }];
    server.handler.next = rejected({ code: 'VALIDATION_ERROR', message: 'No', params: { errors } });
    const response = await send('POST', '/projects', register);
    expect(response.json().detail.params.errors).toEqual([{ location: 'body', ...errors[0] }]);
  });
});

describe('The command of a write', () => {
  it('has a fresh id, the actor, and the request as its correlation', async () => {
    await send('POST', '/projects', register, { 'x-correlation-id': 'corr-456' });
    const { id, correlationId, ...command } = server.handler.last;
    expect(command).toEqual({
      name: 'register_project',
      fresh: true,
      causationId: id,
      actor: 'anonymous',
      source: { host: 'test-host', type: 'service', app: 'imi-http' },
      body: register,
      now: '2026-01-21T14:30:22.000Z',
    });
    expect(correlationId).toBe(toUuid('corr-456'));
  });

  it('takes its id from Idempotency-Key, as it is or mapped to a UUID', async () => {
    await send('POST', '/projects', register, { 'idempotency-key': 'Order 66' });
    expect(server.handler.last).toMatchObject({
      id: toUuid('Order 66'),
      originalId: 'Order 66',
      fresh: false,
    });
    await send('POST', '/projects', register, { 'idempotency-key': 'ghp_0123456789abcdef0123' });
    expect(server.handler.last).toMatchObject({ originalId: '[redacted]' });
    await send('POST', '/projects', register, { 'idempotency-key': workItemId.toUpperCase() });
    expect(server.handler.last.id).toBe(workItemId);
    expect(server.handler.last).not.toHaveProperty('originalId');
  });

  it('expects the revision of If-Match', async () => {
    const path = `/projects/${projectId}`;
    await send('PATCH', path, { name: 'gadget' }, { 'if-match': '"3"' });
    expect(server.handler.last).toMatchObject({
      ifRevision: 3,
      body: { project_id: projectId, name: 'gadget' },
    });
    await send('PATCH', path, { name: 'gadget' }, { 'if-match': '*' });
    expect(server.handler.last).not.toHaveProperty('ifRevision');
    const response = await send('PATCH', path, { name: 'gadget' }, { 'if-match': 'W/"x"' });
    expect(response.statusCode).toBe(400);
    expect(response.json().detail.params.errors[0]).toMatchObject({
      location: 'headers',
      path: 'if-match',
    });
  });

  it('knows branch as branch_name, and the short names of git state', async () => {
    const { branch_name, ...rest } = startBody;
    await send('POST', '/work', { ...rest, branch: branch_name });
    expect(server.handler.last.body).toEqual(startBody);
    await send('PATCH', `/work/${workItemId}/git-state`, {
      uncommitted: true,
      uncommitted_count: 2,
      ahead: 1,
      behind: 0,
    });
    expect(server.handler.last.body).toEqual({
      work_item_id: workItemId,
      has_uncommitted_changes: true,
      uncommitted_files_count: 2,
      ahead_of_trunk: 1,
      behind_trunk: 0,
    });
  });

  it('is refused when a field and its alias disagree', async () => {
    const body = { ahead: 1, ahead_of_trunk: 2 };
    const response = await send('PATCH', `/work/${workItemId}/git-state`, body);
    expect(response.statusCode).toBe(400);
    expect(response.json().detail.params.errors).toEqual([
      { location: 'body', path: 'ahead', message: expect.stringContaining('ahead_of_trunk') },
    ]);
  });

  it.each([
    ['encoded', 'feature%2Fspin%2Ffast/git-state', 'feature/spin/fast'],
    ['as they are', 'feature/spin/fast/git-state', 'feature/spin/fast'],
    ['half encoded', 'feature%2Fspin/fast/git-state', 'feature/spin/fast'],
    ['absent', 'spin/git-state', 'spin'],
    ['before the same word', 'x/git-state/git-state', 'x/git-state'],
  ])('is addressed by branch, slashes %s', async (_how, path, branch) => {
    const url = `/projects/${projectId}/branches/${path}`;
    const response = await send('PATCH', url, { ahead: 1 });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual(workItem);
    expect(server.handler.last.body).toEqual({
      project_id: projectId,
      branch_name: branch,
      ahead_of_trunk: 1,
    });
  });

  it('completes work', async () => {
    const body = { completion_type: 'merged', merge_commit_hash: 'A1B2C3D' };
    const response = await send('POST', `/work/${workItemId}/complete`, body);
    expect(response.statusCode).toBe(200);
    expect(server.handler.last).toMatchObject({
      name: 'complete_work',
      body: { work_item_id: workItemId, completion_type: 'merged', merge_commit_hash: 'a1b2c3d' },
    });
  });
});

const startBody = {
  project_id: projectId,
  branch_name: 'feature/spin',
  work_type: 'feature',
  owner_id: 'agent-7',
};
