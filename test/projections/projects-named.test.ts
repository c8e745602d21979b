import { afterEach, beforeEach, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { connectDatabase } from '../../src/projections/database.ts';
import { projectsNamedIn } from '../../src/projections/projects-named.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { LiveEventStore } from '../support/live-event-store.ts';
import { projectDeactivated, projectId, projectRegistered } from '../support/projected-events.ts';
import {
  appendTo,
  type RunningProjector,
  startProjector,
  type TestReadModels,
  testReadModels,
} from './setup.ts';

let models: TestReadModels;
let store: LiveEventStore;
let projector: RunningProjector;
beforeEach(async () => {
  models = await testReadModels();
  store = new LiveEventStore();
  projector = startProjector(models, store);
});
afterEach(async () => {
  await projector.stop();
  await models.close();
});

const named = (waitMs?: number) =>
  projectsNamedIn({ db: models.db, schema: liveSchema }, projector.waiter, waitMs);

const register = (repo: string, project_name = repo) =>
  appendTo(store, `project-${projectId(repo)}`, projectRegistered(repo, { project_name }));

test('finds the active projects with exactly this name, as soon as they are registered', async () => {
  await register('widget');
  await register('gadget');
  const { position } = await register('widget-fork', 'widget');
  const both = [projectId('widget'), projectId('widget-fork')].sort();
  expect(await named()('widget', position)).toEqual(both);
  expect(await named()('Widget', position)).toEqual([]);
  expect(await named()("'; --", null)).toEqual([]);
});

test('passes over those that were given up', async () => {
  await register('widget');
  const stream = `project-${projectId('widget')}`;
  const { position } = await appendTo(store, stream, projectDeactivated('widget'));
  expect(await named()('widget', position)).toEqual([]);
});

test('does not answer before the read models have come to the position', async () => {
  const { position } = await register('widget');
  await expect(named(20)('widget', position + 1n)).rejects.toThrow('have not come to position');
});

test('says that they cannot be asked while the database is away', async () => {
  const db = connectDatabase('postgres://nobody@127.0.0.1:1/none', {
    poolSize: 1,
    applicationName: 'imi-test',
  });
  const find = projectsNamedIn({ db, schema: liveSchema }, projector.waiter, 20);
  await expect(find('widget', null)).rejects.toThrow(StoreUnavailableError);
  await expect(find('widget', 999_999n)).rejects.toThrow(StoreUnavailableError);
  await db.destroy();
});
