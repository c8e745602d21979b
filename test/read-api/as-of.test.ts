import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectReads } from '../../src/read-api/routes/project-reads.ts';
import { serverWith } from '../http/server.ts';
import { type Json, type Stack, startStack } from './stack.ts';

const time = (minute: number) => new Date(Date.UTC(2026, 0, 21, 14, minute)).toISOString();
const widget = { name: 'widget', remote_origin: 'git@github.com:acme/widget.git' };
const branch = { remote_origin: widget.remote_origin, branch_name: 'feature/spin' };

let stack: Stack;
let project: Json;
let work: Json;

const send = async (name: string, body: object, minute: number): Promise<bigint> => {
  const { status, position } = await stack.send(name, body, time(minute));
  expect(status).toBe('accepted');
  return position as bigint;
};
const ask = (path: string, headers: Record<string, string> = {}) =>
  stack.app.inject({ url: `/api/v1${path}`, headers });

// One history for all tests, which read only.
beforeAll(async () => {
  stack = await startStack();
  await send('register_project', widget, 0);
  project = (await stack.get('/projects')).items[0];
  await send('start_work', { ...branch, work_type: 'feature', owner_id: 'agent-7' }, 10);
  work = (await stack.get('/work')).items[0];
});
afterAll(() => stack.close());

describe('A read as of a moment', () => {
  it('knows nothing of what was not there then', async () => {
    for (const [path, params] of [
      [`/projects/${project.id}?`, { project_id: project.id }],
      [`/projects/${project.id}/path?`, { project_id: project.id }],
      [
        `/projects/by-origin?remote_origin=${encodeURIComponent(widget.remote_origin)}&`,
        { remote_origin: widget.remote_origin },
      ],
      [`/work/${work.id}?`, { work_item_id: work.id }],
      [`/links?work_item_id=${work.id}&`, { work_item_id: work.id }],
    ] as const) {
      for (const as_of of ['0', '2026-01-21T13:59:59.999Z']) {
        const response = await ask(`${path}as_of=${as_of}`);
        expect(response.statusCode, path).toBe(404);
        expect(response.json().detail).toMatchObject({
          code: 'NOT_FOUND',
          params: { ...params, as_of },
        });
      }
    }
    for (const path of ['/projects?', '/work?', '/work/inflight?', '/links/ticket/PROJ-1?']) {
      expect(await stack.get(`${path}as_of=0`)).toMatchObject({ items: [], total: 0 });
    }
  });

  it('takes a time of any offset and of more digits than milliseconds', async () => {
    for (const [as_of, status] of [
      ['2026-01-21T15:00:00+01:00', 200],
      ['2026-01-21T14:00:00.000999Z', 200],
      ['2026-01-21T13:59:59.999999Z', 404],
      ['9999-12-31T23:59:59.999-23:59', 200],
      ['0000-01-01T00:00:00+23:59', 404],
    ] as const) {
      const { statusCode } = await ask(
        `/projects/${project.id}?as_of=${encodeURIComponent(as_of)}`,
      );
      expect(statusCode, as_of).toBe(status);
    }
  });

  it.each([
    ...['', 'yesterday', '-1', '1e3', '0x10', '2026-01-21', '2026-01-21T14:00:00'],
    ...['2026-02-30T00:00:00Z', '9223372036854775808', '9'.repeat(20), 'x'.repeat(10_000)],
    '1&as_of=2',
  ])('is a 400 that names the field and both forms for %j', async (as_of) => {
    for (const path of ['/projects?', `/projects/${project.id}?`, '/work/inflight?']) {
      const response = await ask(`${path}as_of=${as_of}`);
      expect(response.statusCode).toBe(400);
      const [error] = response.json().detail.params.errors;
      expect(error).toMatchObject({ location: 'query', path: 'as_of' });
      if (!as_of.includes('&')) expect(error.message).toMatch(/position.*RFC 3339 time/);
    }
  });

  it('waits for a position that the read model has not reached, and is 503 when it takes too long', async () => {
    const asked: unknown[] = [];
    const app = await serverWith({
      api: [
        projectReads({
          ...{ db: undefined as never, remoteHosts: [], timeoutMs: 2000 },
          waitFor: async (...call) => asked.push(call) < 0,
        }),
      ],
    });
    const response = await app.inject({ url: '/api/v1/projects?as_of=12' });
    expect(response.statusCode).toBe(503);
    expect(response.json().detail).toMatchObject({
      code: 'UNAVAILABLE',
      params: { position: '12', timeout_ms: 2000 },
    });
    expect(asked).toEqual([[12n, 2000]]);
    await app.close();
  });

  it('has the ETag of then, and is a 304 for who holds it', async () => {
    const position = await send('update_git_state', { ...branch, ahead_of_trunk: 1 }, 20);
    const [then, now] = [`/work/${work.id}?as_of=${position - 1n}`, `/work/${work.id}`];
    const { etag } = (await ask(then)).headers as { etag: string };
    expect(etag).toBe('"0"');
    expect((await ask(now)).headers.etag).not.toBe(etag);
    expect((await ask(then, { 'if-none-match': etag })).statusCode).toBe(304);
    expect((await ask(now, { 'if-none-match': etag })).statusCode).toBe(200);
  });

  it('ends a deploy at the commits that were known then', async () => {
    const deploy = { deploy_id: 'run-1', environment: 'production', commit_hash: 'abcdef1' };
    const deployed = await send('record_deploy', deploy, 30);
    const pushed = await send(
      'record_activity',
      { ...branch, kind: 'push', commits: [{ hash: 'abcdef1' }] },
      40,
    );
    const deploysAt = async (as_of: bigint | string) =>
      (await stack.get(`/links?work_item_id=${work.id}&as_of=${as_of}`)).deploys;
    for (const [before, after] of [
      [deployed, pushed],
      [time(39), time(40)],
    ] as const) {
      expect(await deploysAt(before)).toEqual([]);
      expect(await deploysAt(after)).toMatchObject([{ work_item_ids: [work.id] }]);
    }
  });

  it('takes the last of what had happened by then, also when it was told out of order', async () => {
    await send('update_project', { project_id: project.id, description: 'later' }, 55);
    await send('update_project', { project_id: project.id, description: 'earlier' }, 50);
    const description = async (minute: number) =>
      (await stack.get(`/projects/${project.id}?as_of=${time(minute)}`)).description;
    expect([await description(49), await description(50), await description(55)]).toEqual([
      ...[null, 'earlier', 'earlier'],
    ]);
  });
});
