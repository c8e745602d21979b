import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IncomingCommand } from '../../src/commands/command.ts';
import type { ManifestEntry } from '../../src/commands/component-manifest.ts';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import { ComponentImporter } from '../../src/commands/import-components.ts';
import { Snapshots } from '../../src/commands/snapshots.ts';
import { type Component, componentKinds, evolveComponent } from '../../src/events/component.ts';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { command, origin, projectId, registerWidget, settings } from '../support/commands.ts';
import { componentsIn, registerComponent } from '../support/components.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';

async function setUp() {
  const store = new InMemoryEventStore();
  const handler = new EventSourcedCommandHandler(store, settings);
  await handler.handle(registerWidget());
  const newImporter = () =>
    new ComponentImporter({
      handler: new EventSourcedCommandHandler(store, settings),
      store,
      snapshots: new Snapshots(store),
      remoteHosts: ['github.com'],
      componentsOf: async (id) => componentsIn(store.published, id),
    });
  const importing = (given: Partial<IncomingCommand> = {}) =>
    command('import_components', {}, given);
  const run = (entries: readonly ManifestEntry[], given: Partial<IncomingCommand> = {}) =>
    newImporter().run(importing(given), { parent: { parent_project_id: projectId }, entries });
  const rehearse = (entries: readonly ManifestEntry[]) =>
    newImporter().rehearse(importing(), { parent: { parent_project_id: projectId }, entries });
  return { store, handler, newImporter, importing, run, rehearse };
}

const entry = (name: string, more: Partial<ManifestEntry> = {}): ManifestEntry => ({
  name,
  path: `services/${name}`,
  kind: 'local',
  enabled: true,
  ...more,
});

type Report = Awaited<ReturnType<ComponentImporter['run']>>;
const namesIn = (report: Report) =>
  Object.fromEntries(
    (['created', 'updated', 'unchanged', 'disabled'] as const).map((list) => [
      list,
      report[list].map(({ name }) => name),
    ]),
  );

/** What the components of a history are by now, by name. */
function stateOf(store: InMemoryEventStore) {
  const states = new Map<string, Component>();
  for (const event of store.published) {
    if (!event.type.startsWith('imi.component.')) continue;
    const name = String(event.data.component_name);
    const happened = { type: event.type, data: event.data } as never;
    states.set(name, evolveComponent(states.get(name) ?? null, happened, ''));
  }
  return [...states.values()]
    .map(({ name, path, kind, enabled }) => ({ name, path, kind, enabled }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

describe('An import', () => {
  it('creates, updates, leaves alone and disables, each by a command of its own', async () => {
    const { store, run, handler } = await setUp();
    expect(namesIn(await run([entry('api'), entry('web'), entry('store')]))).toEqual({
      created: ['api', 'web', 'store'],
      updated: [],
      unchanged: [],
      disabled: [],
    });
    await handler.handle(registerComponent('by hand'));
    const before = store.published.length;
    const report = await run([entry('web', { path: 'ui' }), entry('api'), entry('new')]);
    expect(namesIn(report)).toEqual({
      created: ['new'],
      updated: ['web'],
      unchanged: ['api'],
      disabled: ['store', 'by hand'],
    });
    const written = store.published.slice(before);
    expect(new Set(written.map(({ metadata }) => metadata.command_id)).size).toBe(4);
    expect(new Set(written.map(({ metadata }) => metadata.$causationId)).size).toBe(1);
    expect(report.position).toBe(written.at(-1)?.position);
  });

  it('does not name again what was disabled before, and enables what comes back', async () => {
    const { run } = await setUp();
    await run([entry('api'), entry('web')]);
    await run([entry('api')]);
    expect(namesIn(await run([entry('api')]))).toMatchObject({ disabled: [], unchanged: ['api'] });
    expect(namesIn(await run([entry('api'), entry('web')]))).toMatchObject({ updated: ['web'] });
  });

  it('sent again under its id answers as the first time, whatever has happened since', async () => {
    const { store, run } = await setUp();
    await run([entry('api'), entry('web')]);
    const { id } = command('x', {});
    const first = await run([entry('api'), entry('new')], { id });
    await run([entry('web')]);
    const written = store.published.length;
    expect(namesIn(await run([entry('api'), entry('new')], { id }))).toEqual(namesIn(first));
    expect(store.published).toHaveLength(written);
  });

  it('is a conflict under an id that was used for another file, or anything else', async () => {
    const { store, run, handler } = await setUp();
    const first = command('x', {});
    await run([entry('api')], { id: first.id });
    const other = registerComponent('web');
    await handler.handle(other);
    const written = store.published.length;
    for (const { id } of [first, other]) {
      await expect(run([entry('new')], { id })).rejects.toMatchObject({ code: 'CONFLICT' });
    }
    expect(store.published).toHaveLength(written);
  });

  it('is finished by whoever takes it up after a crash, at whatever append that was', async () => {
    const file = [entry('api', { path: 'x' }), entry('new')];
    for (let n = 1; ; n += 1) {
      const { store, run } = await setUp();
      await run([entry('api'), entry('gone')]);
      const { id } = command('x', {});
      let appends = 0;
      store.beforeAppend = () => {
        appends += 1;
        if (appends >= n) throw new StoreUnavailableError('the process died here');
      };
      const cut = await run(file, { id }).catch((error) => error);
      store.beforeAppend = () => {};
      expect(namesIn(await run(file, { id }))).toEqual({
        created: ['new'],
        updated: ['api'],
        unchanged: [],
        disabled: ['gone'],
      });
      if (!(cut instanceof Error)) break;
    }
  });

  it('finds its project by any form of the origin, and is refused when there is none', async () => {
    const { newImporter, importing, handler } = await setUp();
    const run = (parent: { remote_origin?: string; parent_project_id?: string }) =>
      newImporter().run(importing(), { parent, entries: [entry('api')] });
    expect(namesIn(await run({ remote_origin: 'https://github.com/acme/widget' }))).toMatchObject({
      created: ['api'],
    });
    for (const parent of [
      { remote_origin: 'git@github.com:acme/other.git' },
      { parent_project_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7' },
    ]) {
      await expect(run(parent)).rejects.toMatchObject({ code: 'NOT_FOUND', params: parent });
    }
    await handler.handle(command('deactivate_project', { project_id: projectId }));
    await expect(run({ remote_origin: origin })).rejects.toMatchObject({
      message: 'Parent project is not active',
    });
  });

  it('can be rehearsed, and then writes nothing', async () => {
    const { store, run, rehearse } = await setUp();
    await run([entry('api'), entry('web'), entry('gone')]);
    const file = [entry('api'), entry('web', { enabled: false }), entry('new')];
    const written = store.all.length;
    const planned = await rehearse(file);
    expect(store.all).toHaveLength(written);
    const { position: _planned, ...lists } = planned;
    const { position: _done, ...done } = await run(file);
    expect(lists).toEqual(done);
  });
});

describe('Any list of components', () => {
  const files = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      path: fc.constantFrom('x', 'y'),
      kind: fc.constantFrom(...componentKinds),
      enabled: fc.boolean(),
    }),
    { selector: ({ name }) => name },
  );

  it('imported twice is as imported once, and the project is as the last file says', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(files, { maxLength: 4 }),
        files,
        fc.boolean(),
        async (all, last, fresh) => {
          const { store, run } = await setUp();
          for (const file of all) await run(file, { fresh });
          const first = await run(last, { fresh });
          const state = stateOf(store);
          const written = store.published.length;

          const again = await run(last, { fresh });
          expect(store.published).toHaveLength(written);
          expect(stateOf(store)).toEqual(state);
          expect(namesIn(again)).toMatchObject({ created: [], updated: [], disabled: [] });
          expect(again.unchanged.map(({ name }) => name)).toEqual(last.map(({ name }) => name));

          const listed = new Map<string, ManifestEntry>(last.map((each) => [each.name, each]));
          for (const component of state) {
            const expected = listed.get(component.name);
            if (expected) expect(component).toEqual(expected);
            else expect(component.enabled).toBe(false);
          }
          expect(state.map(({ name }) => name)).toEqual(expect.arrayContaining([...listed.keys()]));
          expect(first.created.length + first.updated.length + first.unchanged.length).toBe(
            last.length,
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});
