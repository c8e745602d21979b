import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectDatabase } from '../../src/projections/database.ts';
import { isDatabaseAway } from '../../src/projections/database-away.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { statsReads } from '../../src/read-api/routes/stats-reads.ts';
import { serverWith } from '../http/server.ts';
import { type Stack, startStack } from './stack.ts';

let stack: Stack;
beforeEach(async () => {
  stack = await startStack();
});
afterEach(() => stack.close());

const register = { name: 'widget', remote_origin: 'git@github.com:acme/widget.git' };

it('A project is shown as it was written, without the client knowing of positions', async () => {
  const project = await stack.post('/projects', register);
  const changed = await stack.patch(`/projects/${project.id}`, { description: 'spins' });
  expect(changed).toMatchObject({ id: project.id, description: 'spins', revision: 1 });
  expect(await stack.get(`/projects/${project.id}`)).toEqual(changed);
});

it('The same Idempotency-Key gets the same answer, however often and at once', async () => {
  const request = {
    method: 'POST' as const,
    url: '/api/v1/projects',
    payload: register,
    headers: { 'idempotency-key': 'order 66' },
  };
  const answers = await Promise.all([1, 2, 3].map(() => stack.app.inject(request)));
  answers.push(await stack.app.inject(request));
  expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([201]));
  expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
  expect(stack.store.published).toHaveLength(1);
});

it('A read with the position of a write that did not wait shows the write', async () => {
  const written = await stack.app.inject({
    method: 'POST',
    url: '/api/v1/projects',
    payload: register,
    headers: { prefer: 'respond-async' },
  });
  expect(written.statusCode).toBe(202);
  const { project_id, position } = written.json();
  expect(written.headers['imi-position']).toBe(position);
  const read = await stack.app.inject({
    url: `/api/v1/projects/${project_id}`,
    headers: { 'imi-after': position },
  });
  expect(read.json()).toMatchObject({ id: project_id, name: 'widget' });
  expect(await stack.get(`/projects?after=${position}`)).toMatchObject({ total: 1 });
});

it('A write on a revision that has passed is refused with 412', async () => {
  const { id } = await stack.post('/projects', register);
  const update = (description: string) =>
    stack.app.inject({
      method: 'PATCH',
      url: `/api/v1/projects/${id}`,
      payload: { description },
      headers: { 'if-match': '"0"' },
    });
  expect((await update('first')).statusCode).toBe(200);
  const second = await update('second');
  expect(second.statusCode).toBe(412);
  expect(second.json().detail).toMatchObject({ code: 'PRECONDITION_FAILED' });
});

it('A dry run tells the events and writes nothing', async () => {
  const answer = await stack.post('/projects?dry_run=true', register);
  expect(answer).toMatchObject({
    dry_run: true,
    events: [{ type: 'imi.project.registered', data: { project_name: 'widget' } }],
  });
  expect(stack.store.all).toEqual([]);
});

it('A second start on a branch is a conflict that names the first', async () => {
  const project = await stack.post('/projects', register);
  const start = {
    project_id: project.id,
    branch_name: 'feature/spin',
    work_type: 'feature',
    owner_id: 'agent-7',
  };
  const first = await stack.post('/work', start);
  const second = await stack.app.inject({ method: 'POST', url: '/api/v1/work', payload: start });
  expect(second.statusCode).toBe(409);
  expect(second.json().detail).toMatchObject({
    code: 'CONFLICT',
    params: { work_item_id: first.id },
  });
});

it('Reads are a coded 503 while the database is away', async () => {
  const nowhere = 'postgres://imi@127.0.0.1:1/none';
  const db = connectDatabase(nowhere, { poolSize: 1, applicationName: 'imi-test' });
  const app = await serverWith({
    isUnavailable: isDatabaseAway,
    api: [statsReads({ db: db.withSchema(liveSchema), timeoutMs: 0, waitFor: async () => true })],
  });
  const read = await app.inject({ url: '/api/v1/stats' });
  expect(read.statusCode).toBe(503);
  expect(read.json().detail.code).toBe('UNAVAILABLE');
  expect(read.headers['retry-after']).toBe('1');
  await app.close();
  await db.destroy();
});

it('A read after a position that is not reached in time is a coded 503', async () => {
  const asked: unknown[] = [];
  const app = await serverWith({
    api: [
      statsReads({
        db: undefined as never,
        timeoutMs: 2000,
        waitFor: async (...call) => asked.push(call) < 0,
      }),
    ],
  });
  const response = await app.inject({
    url: '/api/v1/stats?after=7',
    headers: { 'imi-after': '12' },
  });
  expect(response.statusCode).toBe(503);
  expect(response.json().detail).toMatchObject({
    code: 'UNAVAILABLE',
    params: { position: '12', timeout_ms: 2000 },
  });
  expect(response.headers['retry-after']).toBe('1');
  expect(asked).toEqual([[12n, 2000]]);
  for (const after of ['-1', 'x', '99999999999999999999', '9999999999999999999']) {
    expect((await app.inject({ url: `/api/v1/stats?after=${after}` })).statusCode).toBe(400);
  }
  await app.close();
});
