import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectId, type WriteServer, workItemId, writeServer } from './server.ts';

let server: WriteServer;
beforeAll(async () => {
  server = await writeServer();
});
afterAll(() => server.app.close());

const json = { 'content-type': 'application/json' };
const register = { name: 'widget', remote_origin: 'git@github.com:acme/widget.git' };
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

async function post(payload: string | Buffer, headers: Record<string, string> = json) {
  const asked = server.handler.asked.length;
  const response = await server.app.inject({
    method: 'POST',
    url: '/api/v1/projects',
    payload,
    headers,
  });
  expect(server.handler.asked).toHaveLength(asked);
  return { status: response.statusCode, detail: response.json().detail };
}

describe('A body', () => {
  it.each([
    ['empty', ''],
    ['no JSON', '{"name":'],
    ['no JSON but a secret', 'hunter2'],
    ['of two objects', '{}{}'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a number', '1e999'],
    ['text', '"widget"'],
    ['with a poisoned prototype', '{"__proto__":{"name":"x"},"name":"y"}'],
    ['with a poisoned constructor', '{"constructor":{"prototype":{}}}'],
    ['nested beyond reason', deep(40_000)],
    ['nested beyond reason in a field', `{"metadata":{"a":${deep(40_000)}}}`],
    ['with a byte order mark in between', '{"name"\uFEFF:1}'],
    ['that is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    [
      'with a text that is not UTF-8',
      Buffer.from(JSON.stringify({ ...register, name: 'é' }), 'latin1'),
    ],
    [
      'with a number that is infinite',
      JSON.stringify({ ...register, metadata: { n: 0 } }).replace('0', '1e400'),
    ],
  ])('that is %s is a coded 400', async (_what, payload) => {
    const { status, detail } = await post(payload);
    expect(status).toBe(400);
    expect(detail.code).toBe('VALIDATION_ERROR');
    expect(JSON.stringify(detail)).not.toContain('hunter2');
  });

  it('names every bad field by location and path', async () => {
    const { detail } = await post(
      JSON.stringify({ name: 7, remote_origin: '', colour: 'red', default_branch: '..' }),
    );
    expect(detail.params.errors).toEqual([
      { location: 'body', path: 'name', message: expect.any(String) },
      { location: 'body', path: 'remote_origin', message: expect.any(String) },
      { location: 'body', path: 'default_branch', message: expect.stringContaining('git') },
      { location: 'body', path: 'colour', message: 'is not known here' },
    ]);
  });

  it('does not show a credential that came as the name of a field', async () => {
    const secret = 'ghp_0123456789abcdefABCDEF0123456789abcd';
    const { status, detail } = await post(JSON.stringify({ ...register, [secret]: 1 }));
    expect(status).toBe(400);
    expect(JSON.stringify(detail)).not.toContain(secret);
    expect(detail.params.errors).toMatchObject([{ path: '[redacted]' }]);
  });

  it('is refused for unknown fields further down too', async () => {
    const response = await server.app.inject({
      method: 'POST',
      url: '/api/v1/work',
      payload: {
        project_id: projectId,
        branch_name: 'x',
        work_type: 'fix',
        owner_id: 'a',
        source: { type: 'manual', reff: 'typo' },
        worktree: { type: 'git', name: 'x', hosst: 'typo' },
      },
    });
    expect(response.statusCode).toBe(400);
    expect(response.json().detail.params.errors.map((e: { path: string }) => e.path)).toEqual([
      'source.reff',
      'worktree.hosst',
    ]);
  });

  it.each([
    ['NUL in a text', { ...register, description: 'a\0b' }, 'description'],
    ['half a surrogate pair', { ...register, name: 'a\ud800b' }, 'name'],
    ['NUL far down', { ...register, metadata: { a: [{ b: '\0' }] } }, 'metadata.a.0.b'],
    ['NUL in a key', { ...register, metadata: { 'a\0': 1 } }, 'metadata'],
  ])('with %s is refused: no store could hold it', async (_what, body, path) => {
    const { status, detail } = await post(JSON.stringify(body));
    expect(status).toBe(400);
    expect(detail.params.errors).toMatchObject([{ location: 'body', path }]);
  });

  it('that is larger than the limit is a coded 413', async () => {
    const { status, detail } = await post(JSON.stringify({ name: 'x'.repeat(100_001) }));
    expect(status).toBe(413);
    expect(detail).toMatchObject({ code: 'VALIDATION_ERROR', message: 'The body is too large' });
  });

  it.each([
    ['text/plain', 'name=widget'],
    ['application/x-www-form-urlencoded', 'name=widget'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['application/json; charset=utf-16', '{}'],
    ['nonsense', '{}'],
  ])('of type %s is a coded 415', async (type, payload) => {
    const { status, detail } = await post(payload, { 'content-type': type });
    expect(status).toBe(415);
    expect(detail.code).toBe('VALIDATION_ERROR');
  });

  it('that is compressed is a coded 415', async () => {
    const body = gzipSync(JSON.stringify(register));
    expect((await post(body, { ...json, 'content-encoding': 'gzip' })).status).toBe(415);
  });

  it('in JSON with a charset or as a merge patch is taken', async () => {
    for (const type of ['application/json; charset=UTF-8', 'application/merge-patch+json']) {
      const response = await server.app.inject({
        method: 'PATCH',
        url: `/api/v1/projects/${projectId}`,
        payload: '{"name":"gadget"}',
        headers: { 'content-type': type },
      });
      expect(response.statusCode).toBe(200);
    }
  });

  it('may be absent from a DELETE that names a content type', async () => {
    const url = `/api/v1/projects/${projectId}`;
    const response = await server.app.inject({ method: 'DELETE', url, headers: json });
    expect(response.statusCode).toBe(204);
  });
});

describe('A path', () => {
  it.each([
    ['PATCH', '/projects/1'],
    ['PATCH', '/projects/not-a-uuid'],
    ['DELETE', '/projects/%00'],
    ['DELETE', '/projects/%zz'],
    ['DELETE', '/projects/%ff'],
    ['PATCH', `/projects/${projectId.slice(0, -1)}/branches/x/git-state`],
    ['PATCH', `/projects/${projectId}/branches/a%20b/git-state`],
    ['PATCH', `/projects/${projectId}/branches/..%2F..%2Fetc/git-state`],
    ['PATCH', `/projects/${projectId}/branches/a/..%2Fb/git-state`],
    ['PATCH', `/projects/${projectId}/branches//git-state`],
    ['POST', '/work/%F0%9F%92%A9/complete'],
  ] as const)('%s %s is a coded 400', async (method, path) => {
    const payload = method === 'DELETE' ? undefined : {};
    const response = await server.app.inject({
      method,
      url: `/api/v1${path}`,
      ...(payload && { payload }),
    });
    expect(response.statusCode).toBe(400);
    expect(response.json().detail.code).toBe('VALIDATION_ERROR');
    expect(response.headers['x-correlation-id']).toBeTruthy();
  });

  it.each([
    ['PUT', `/projects/${projectId}`],
    ['POST', `/work/${workItemId}/destroy`],
    ['PATCH', `/projects/${projectId}/branches/a/b`],
  ] as const)('%s %s is a coded 404', async (method, path) => {
    const response = await server.app.inject({ method, url: `/api/v1${path}`, payload: {} });
    expect(response.statusCode).toBe(404);
    expect(response.json().detail.code).toBe('NOT_FOUND');
  });

  it('beyond all lengths is a coded client error', async () => {
    const response = await server.app.inject({
      method: 'DELETE',
      url: `/api/v1/projects/${'x'.repeat(8000)}`,
    });
    expect(response.statusCode).toBe(414);
    expect(response.json().detail.code).toBe('VALIDATION_ERROR');
  });
});

describe('A header or query', () => {
  it.each([
    [{ 'idempotency-key': '' }, 'idempotency-key'],
    [{ 'idempotency-key': ' ' }, 'idempotency-key'],
    [{ 'idempotency-key': 'x'.repeat(256) }, 'idempotency-key'],
    [{ 'if-match': '3, 4' }, 'if-match'],
    [{ 'if-match': 'W/"3"' }, 'if-match'],
    [{ 'if-match': '99999999999' }, 'if-match'],
  ])('%j is a coded 400', async (headers, path) => {
    const { status, detail } = await post(JSON.stringify(register), { ...json, ...headers });
    expect(status).toBe(400);
    expect(detail.params.errors).toMatchObject([{ location: 'headers', path }]);
  });

  it('too long for a correlation id is passed over', async () => {
    const response = await server.app.inject({
      method: 'POST',
      url: '/api/v1/projects',
      payload: register,
      headers: { 'x-correlation-id': 'x'.repeat(256) },
    });
    expect(response.statusCode).toBe(201);
    expect(response.headers['x-correlation-id']).toHaveLength(36);
  });

  it.each(['dry_run=yes', 'dry_run=', 'dry_run=true&dry_run=true', 'dryrun=true'])(
    '?%s is a coded 400',
    async (query) => {
      const response = await server.app.inject({
        method: 'POST',
        url: `/api/v1/projects?${query}`,
        payload: register,
      });
      expect(response.statusCode).toBe(400);
      expect(response.json().detail.params.errors[0].location).toBe('query');
    },
  );
});
