import { afterAll, beforeAll, expect, test } from 'vitest';
import { diffGenerations } from '../../src/projections/diff-generations.ts';
import { rebuildInto } from '../../src/projections/rebuild.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { LiveEventStore } from '../support/live-event-store.ts';
import {
  componentId,
  componentRegistered,
  componentRelated,
  componentUnrelated,
  componentUpdated,
  projectId,
} from '../support/projected-events.ts';
import { appendTo, rowsOf, startProjector, type TestReadModels, testReadModels } from './setup.ts';

let models: TestReadModels;
const store = new LiveEventStore();
const at = '2026-01-21T14:30:22.000Z';
let last: bigint;

// Every relationship is begun, ended and, but for the last, begun again.
beforeAll(async () => {
  models = await testReadModels();
  for (const name of ['api', 'store', 'web']) {
    await appendTo(store, `component-${name}`, componentRegistered(name));
  }
  for (const [source, target] of [
    ['api', 'store'],
    ['web', 'api'],
  ] as const) {
    const stream = `component-${source}`;
    await appendTo(store, stream, componentRelated(source, target));
    await appendTo(store, stream, componentUnrelated(source, target));
    await appendTo(store, stream, componentRelated(source, target));
  }
  await appendTo(store, 'component-web', componentUnrelated('web', 'api'));
  const more = { enabled: false, metadata: { team: 'edge' } };
  last = (await appendTo(store, 'component-web', componentUpdated('web', more))).position;
});
afterAll(() => models.close());

test('components and their relationships are rows, and what was ended is gone', async () => {
  const projector = startProjector(models, store);
  expect(await projector.waiter.waitFor(last, 30_000)).toBe(true);
  const { components, component_relationships } = await rowsOf(models);
  const web = components.find((row) => (row as { name: string }).name === 'web');
  expect(components).toHaveLength(3);
  expect(web).toEqual({
    id: componentId('web'),
    parent_project_id: projectId('widget'),
    project_name: 'widget',
    remote_origin: 'git@github.com:Acme/widget.git',
    name: 'web',
    path: 'services/web',
    kind: 'local',
    enabled: false,
    linked_project_id: null,
    metadata: { team: 'edge' },
    created_at: at,
    updated_at: at,
    revision: 5,
    position: last,
  });
  expect(component_relationships).toMatchObject([
    {
      source_component_id: componentId('api'),
      source_component_name: 'api',
      target_component_id: componentId('store'),
      target_component_name: 'store',
      relationship_type: 'depends_on',
    },
  ]);
  await projector.stop();
});

test.each([1, 2, 3, 100])('the rows are the same in batches of %i events', async (maxBatch) => {
  const into = `imi_read_batches_${maxBatch}`;
  const limits = { maxBatch, capacity: maxBatch };
  const options = { db: models.db, schema: liveSchema, into, store };
  await rebuildInto({ ...options, limits, signal: AbortSignal.timeout(30_000) });
  expect(await diffGenerations(options, into)).toEqual([]);
});
