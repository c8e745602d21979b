import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Json, type Stack, startStack } from './stack.ts';

let stack: Stack;
let widget: Json;
let gadget: Json;
let api: Json;
let web: Json;
let store: Json;
let alone: Json;

beforeAll(async () => {
  stack = await startStack();
  const project = (name: string) =>
    stack.post('/projects', { name, remote_origin: `git@github.com:Acme/${name}.git` });
  widget = await project('widget');
  gadget = await project('gadget');
  const register = (name: string, more = {}) =>
    stack.post('/components', { parent_project_id: widget.id, name, path: `src/${name}`, ...more });
  api = await register('api', { kind: 'local', metadata: { team: 'core' } });
  web = await register('web', { kind: 'submodule', linked_project_id: gadget.id });
  store = await register('store', { kind: 'external', enabled: false });
  alone = await register('alone', { parent_project_id: gadget.id });
  await relate(web, api, 'depends_on');
  await relate(api, store, 'depends_on');
  await relate(store, web, 'produces_events_for');
});
afterAll(() => stack.close());

const relate = (source: Json, target: Json, relationship_type: string) =>
  stack.post(`/components/${source.id}/relationships`, {
    target_component_id: target.id,
    relationship_type,
  });
const names = (list: { name: string }[]) => list.map(({ name }) => name);
const send = async (
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  payload?: object | string,
  headers: Record<string, string> = {},
) => {
  const response = await stack.app.inject({
    ...{ method, url: `/api/v1${path}`, headers },
    ...(payload !== undefined && { payload }),
  });
  const body = response.body === '' ? null : response.json();
  return { status: response.statusCode, body, headers: response.headers };
};

describe('A component', () => {
  it('is shown with its long id and its revision as ETag, and not again to who has it', async () => {
    const { status, body, headers } = await send('GET', `/components/${web.id}`);
    expect([status, headers.etag]).toEqual([200, '"1"']);
    expect(body).toMatchObject({
      component_id: web.id,
      parent_project_id: widget.id,
      project_name: 'widget',
      kind: 'submodule',
      enabled: true,
      linked_project_id: gadget.id,
    });
    const known = { 'if-none-match': String(headers.etag) };
    expect((await send('GET', `/components/${web.id}`, undefined, known)).status).toBe(304);
  });

  it('is 201 when new, and 200 when registered again, changed or not', async () => {
    const body = { parent_project_id: gadget.id, name: 'again', path: 'a' };
    const key = { 'idempotency-key': 'register-again' };
    const first = await send('POST', '/components', body, key);
    expect([first.status, first.headers.etag, first.body.kind]).toEqual([201, '"0"', 'local']);
    expect((await send('POST', '/components', body)).status).toBe(200);
    const moved = await send('POST', '/components', { ...body, path: 'b' });
    expect(moved).toMatchObject({ status: 200, body: { id: first.body.id, path: 'b' } });
    expect((await send('POST', '/components', body, key)).status).toBe(201);
  });

  it('is changed when it is at the revision the client holds', async () => {
    const path = `/components/${alone.id}`;
    const stale = await send('PATCH', path, { enabled: false }, { 'if-match': '"7"' });
    expect(stale).toMatchObject({ status: 412, body: { detail: { code: 'PRECONDITION_FAILED' } } });
    const plan = await send('PATCH', `${path}?dry_run=true`, { enabled: false });
    expect(plan.body).toMatchObject({ events: [{ type: 'imi.component.updated' }] });
    const done = await send('PATCH', path, { enabled: false }, { 'if-match': '"0"' });
    // The refusal stands between the two.
    expect(done).toMatchObject({ status: 200, body: { enabled: false, revision: 2 } });
  });

  it('is answered at once to who asks so, and read once its position is reached', async () => {
    const sent = await send(
      ...(['PATCH', `/components/${alone.id}`, { path: 'elsewhere' }] as const),
      { prefer: 'respond-async' },
    );
    expect(sent).toMatchObject({ status: 202, body: { component_id: alone.id } });
    const after = String(sent.headers['imi-position']);
    expect(await stack.get(`/components/${alone.id}?after=${after}`)).toMatchObject({
      path: 'elsewhere',
    });
  });

  it.each([
    ['POST', '/components', { name: 'x', path: 'x', kind: 'modul' }, 400],
    ['POST', '/components', { name: 'x', path: 'x', colour: 'red' }, 400],
    ['PATCH', '/components/7c9e6679-7425-40de-944b-e07fc1f90ae7', { enabled: true }, 404],
    ['GET', '/components/7c9e6679-7425-40de-944b-e07fc1f90ae7', undefined, 404],
    ['GET', '/components/7c9e6679-7425-40de-944b-e07fc1f90ae7/graph', undefined, 404],
    ['GET', '/components/7c9e6679-7425-40de-944b-e07fc1f90ae7/relationships', undefined, 404],
    ['GET', '/components/api', undefined, 400],
    ['GET', '/components?kind=modul', undefined, 400],
  ] as const)('%s %s with %j is a coded %i', async (method, path, payload, status) => {
    const body = method === 'POST' ? { parent_project_id: widget.id, ...payload } : payload;
    const answer = await send(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body.detail.code).toBe(status === 400 ? 'VALIDATION_ERROR' : 'NOT_FOUND');
  });

  it('of a parent that is not there is a 404 that names it', async () => {
    const parent_project_id = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
    const answer = await send('POST', '/components', { parent_project_id, name: 'x', path: 'x' });
    expect(answer).toMatchObject({
      status: 404,
      body: { detail: { params: { parent_project_id } } },
    });
  });

  it('keeps its name', async () => {
    const answer = await send('PATCH', `/components/${api.id}`, { name: 'other' });
    expect(answer.body.detail.params.errors).toMatchObject([{ path: 'name' }]);
  });

  it('tells its history', async () => {
    const { items } = await stack.get(`/history/component/${web.id}`);
    expect(items.map(({ type }: Json) => type)).toEqual([
      'imi.component.registered',
      'imi.component.related',
    ]);
  });
});

describe('The list of components', () => {
  it('is narrowed by parent, kind and being enabled, and paged in order of registration', async () => {
    const list = async (query: string) =>
      names((await stack.get(`/components?parent_project_id=${widget.id}&${query}`)).items);
    expect(await list('')).toEqual(['api', 'web', 'store']);
    expect(await list('kind=external')).toEqual(['store']);
    expect(await list('enabled=true')).toEqual(['api', 'web']);
    expect(await list('enabled=false')).toEqual(['store']);
    expect(
      await stack.get(`/components?parent_project_id=${widget.id}&offset=1&limit=1`),
    ).toMatchObject({ items: [{ name: 'web' }], total: 3, offset: 1, limit: 1 });
  });

  it('is counted in the stats', async () => {
    const { total } = await stack.get('/components');
    expect(await stack.get('/stats')).toMatchObject({ total_components: total });
  });
});

describe('Relationships', () => {
  it('are readable from both ends', async () => {
    const { items, total } = await stack.get(`/components/${api.id}/relationships`);
    expect(total).toBe(2);
    expect(
      items.map((item: Json) => [item.source_component_name, item.target_component_name]),
    ).toEqual([
      ['web', 'api'],
      ['api', 'store'],
    ]);
    const incoming = await stack.get(`/components/${api.id}/relationships?direction=incoming`);
    expect(incoming.items).toMatchObject([{ source_component_name: 'web' }]);
    const outgoing = await stack.get(`/components/${api.id}/relationships?direction=outgoing`);
    expect(outgoing.items).toMatchObject([{ target_component_name: 'store' }]);
  });

  it('are 201 once, 200 again, and ended with 204 however often', async () => {
    const path = `/components/${alone.id}/relationships`;
    const body = { target_component_id: api.id, relationship_type: 'consumes_events_from' };
    const first = await send('POST', path, body);
    expect(first).toMatchObject({
      status: 201,
      body: { relationship_id: first.body.id, source_component_name: 'alone', ...body },
    });
    expect((await send('POST', path, body)).status).toBe(200);
    const which = `${path}?target_component_id=${api.id}&relationship_type=consumes_events_from`;
    expect((await send('DELETE', which, undefined, { 'if-match': '"0"' })).status).toBe(412);
    const plan = await send('DELETE', `${which}&dry_run=true`);
    expect(plan.body).toMatchObject({ events: [{ type: 'imi.component.unrelated' }] });
    for (const _again of [1, 2]) expect((await send('DELETE', which)).status).toBe(204);
    expect((await stack.get(path)).items).toEqual([]);
  });

  it('are refused to oneself, to nobody and of an unknown type', async () => {
    const path = `/components/${api.id}/relationships`;
    const status = async (target_component_id: string, relationship_type = 'depends_on') =>
      (await send('POST', path, { target_component_id, relationship_type })).status;
    expect(await status(api.id)).toBe(400);
    expect(await status('7c9e6679-7425-40de-944b-e07fc1f90ae7')).toBe(404);
    expect(await status(web.id, 'knows')).toBe(400);
    expect((await send('DELETE', path)).status).toBe(400);
  });
});

describe('The graph of a component', () => {
  it('holds each component of a cycle once, and the relationships between them', async () => {
    const graph = await stack.get(`/components/${api.id}/graph`);
    expect(names(graph.components)).toEqual(['api', 'store', 'web']);
    expect(graph).toMatchObject({ component_id: api.id, truncated: false });
    expect(
      graph.relationships.map((edge: Json) => [edge.source_component_id, edge.target_component_id]),
    ).toEqual([
      [api.id, store.id],
      [store.id, web.id],
      [web.id, api.id],
    ]);
    expect(graph.relationships[0]).toEqual({
      relationship_id: expect.any(String),
      source_component_id: api.id,
      target_component_id: store.id,
      relationship_type: 'depends_on',
    });
  });

  it('is followed forwards, backwards or both ways', async () => {
    const top = await stack.post('/components', {
      ...{ parent_project_id: gadget.id, name: 'top', path: 'top' },
    });
    await relate(top, api, 'depends_on');
    const from = async (component: Json, direction: string) =>
      names(
        (await stack.get(`/components/${component.id}/graph?direction=${direction}`)).components,
      );
    expect(await from(top, 'outgoing')).toEqual(['top', 'api', 'store', 'web']);
    expect(await from(top, 'incoming')).toEqual(['top']);
    expect(await from(store, 'outgoing')).toEqual(['store', 'api', 'web']);
    expect(await from(store, 'incoming')).toEqual(['store', 'api', 'top', 'web']);
    expect(await from(store, 'both')).toEqual(['store', 'api', 'top', 'web']);
  });

  it('of a component without relationships is the component', async () => {
    expect(await stack.get(`/components/${alone.id}/graph`)).toMatchObject({
      components: [{ name: 'alone' }],
      relationships: [],
    });
  });
});

describe('An import', () => {
  const file = (...lines: string[]) => `[components]\n${lines.join('\n')}\n`;
  const lists = ({ created, updated, unchanged, disabled }: Json) => [
    ...[created, updated, unchanged, disabled].map(names),
  ];
  const project = (name: string) =>
    stack.post('/projects', { name, remote_origin: `git@github.com:Acme/${name}.git` });

  it('makes the components of a project those of the file', async () => {
    const { id: parent_project_id } = await project('imported');
    const first = file('a = { path = "a" }', 'b = { path = "b", kind = "external" }');
    const second = file('a = { path = "a", enabled = false }', 'c = { path = "c" }');
    const run = (toml: string, query = '') =>
      stack.post(`/components/import${query}`, { parent_project_id, toml });
    expect(lists(await run(first))).toEqual([['a', 'b'], [], [], []]);
    expect(lists(await run(first))).toEqual([[], [], ['a', 'b'], []]);
    const planned = await run(second, '?dry_run=true');
    expect(planned).toMatchObject({ dry_run: true, parent_project_id });
    const done = await run(second);
    expect(lists(done)).toEqual([['c'], ['a'], [], ['b']]);
    expect(planned).toEqual({ ...done, dry_run: true });
    const { items } = await stack.get(`/components?parent_project_id=${parent_project_id}`);
    expect(items.map((item: Json) => [item.name, item.enabled]).sort()).toEqual([
      ['a', false],
      ['b', false],
      ['c', true],
    ]);
  });

  it('takes the file as it is, with the project in the query', async () => {
    const { id } = await project('plain');
    const origin = encodeURIComponent('https://github.com/acme/plain');
    for (const type of ['text/toml', 'application/toml; charset=utf-8']) {
      const answer = await send(
        ...(['POST', `/components/import?remote_origin=${origin}`] as const),
        ...([file('a = { path = "a" }'), { 'content-type': type }] as const),
      );
      expect(answer).toMatchObject({
        status: 200,
        body: { parent_project_id: id },
        headers: { 'imi-position': expect.any(String) },
      });
    }
  });

  it('has one outcome for each Idempotency-Key', async () => {
    const { id: parent_project_id } = await project('keyed');
    const key = { 'idempotency-key': 'import-1' };
    const run = (toml: string) =>
      send('POST', '/components/import', { parent_project_id, toml }, key);
    const first = await run(file('a = { path = "a" }'));
    expect(first.status).toBe(200);
    expect((await run(file('a = { path = "a" }'))).body).toEqual(first.body);
    expect(await run(file('b = { path = "b" }'))).toMatchObject({
      status: 409,
      body: { detail: { code: 'CONFLICT' } },
    });
  });

  it('names the line or the field of a mistake, and changes nothing', async () => {
    const written = stack.store.published.length;
    const mistake = async (toml: string) => {
      const { status, body } = await send('POST', '/components/import', {
        parent_project_id: widget.id,
        toml,
      });
      expect([status, body.detail.code]).toEqual([400, 'VALIDATION_ERROR']);
      return body.detail.params.errors[0];
    };
    expect(await mistake(file('a = b'))).toMatchObject({ location: 'body', path: 'toml', line: 2 });
    expect(await mistake(file('a = { path = "a", kind = "b" }'))).toMatchObject({
      path: 'toml.components.a.kind',
    });
    expect(await mistake('')).toMatchObject({ path: 'toml.components' });
    expect(stack.store.published).toHaveLength(written);
  });

  it.each([
    ['without a project', '', 'text/toml', '[components]', 400],
    [
      'with two',
      `?remote_origin=git@github.com:acme/widget.git&parent_project_id=7c9e6679-7425-40de-944b-e07fc1f90ae7`,
      'text/toml',
      '[components]',
      400,
    ],
    [
      'of a project nobody knows',
      '?remote_origin=git@github.com:acme/nobody.git',
      'text/toml',
      '[components]',
      404,
    ],
    [
      'that is not UTF-8',
      '?remote_origin=git@github.com:acme/widget.git',
      'text/toml',
      Buffer.from([0x23, 0xff]),
      400,
    ],
    [
      'in another charset',
      '?remote_origin=git@github.com:acme/widget.git',
      'text/toml; charset=utf-16',
      '[components]',
      415,
    ],
    ['of another type', '', 'text/plain', '[components]', 415],
    ['that is empty', '?remote_origin=git@github.com:acme/widget.git', 'text/toml', '', 400],
  ])('%s is a coded refusal', async (_what, query, type, payload, status) => {
    const response = await stack.app.inject({
      ...{ method: 'POST', url: `/api/v1/components/import${query}`, payload },
      headers: { 'content-type': type },
    });
    expect(response.statusCode).toBe(status);
    expect(response.json().detail.code).toBe(status === 404 ? 'NOT_FOUND' : 'VALIDATION_ERROR');
  });
});
