import { v4 as uuid4 } from 'uuid';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rebuildInto } from '../../src/projections/rebuild.ts';
import { verifyGeneration } from '../../src/projections/swap-generation.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { LiveEventStore } from '../support/live-event-store.ts';
import {
  deployed,
  gitStateUpdated,
  newEvent,
  prEvent,
  projectRegistered,
  pushed,
  workCompleted,
  workStarted,
} from '../support/projected-events.ts';
import { appendTo, startProjector, type TestReadModels, testReadModels } from './setup.ts';

let models: TestReadModels;
let store: LiveEventStore;
beforeEach(async () => {
  models = await testReadModels();
  store = new LiveEventStore();
});
afterEach(() => models.close());

const live = () => models.db.withSchema(liveSchema);
const id = uuid4();
const stream = `work_item-${id}`;
const hash = (start: string) => start.padEnd(40, '0');

/** Projects what is in the store in batches of so many events, and stops. */
async function project(maxBatch = 500) {
  const projector = startProjector(models, store, liveSchema, { maxBatch, capacity: 1_000 });
  expect(await projector.waiter.waitFor((await store.head()) ?? 0n, 30_000)).toBe(true);
  await projector.stop();
}

const shipped = async () =>
  live().selectFrom('deploy_links').select(['work_item_id']).distinct().execute();

test('a pull request is one row that its events move, and moves the revision of its work item', async () => {
  const merge = { merge_commit_hash: hash('abcdef1'), merged_by: 'ann' };
  await appendTo(
    store,
    stream,
    workStarted(id),
    prEvent('created', id),
    prEvent('created', id, 43),
  );
  await project();
  await appendTo(store, stream, prEvent('closed', id), prEvent('reopened', id));
  await appendTo(store, stream, prEvent('merged', id, 42, merge));
  await project();
  const prs = await live().selectFrom('pr_links').selectAll().orderBy('pr_number').execute();
  expect(prs).toMatchObject([
    { pr_number: 42, pr_state: 'merged', work_item_id: id, ...merge },
    { pr_number: 43, pr_state: 'open', merge_commit_hash: null },
  ]);
  const item = await live().selectFrom('work_items').select('revision').executeTakeFirst();
  expect(item).toEqual({ revision: 5 });
});

test('a commit told several times is one row with all that was told', async () => {
  const head = { last_commit_hash: hash('aaaaaaa'), last_commit_message: 'Told by a sync' };
  await appendTo(store, stream, workStarted(id), gitStateUpdated(id, head));
  await project();
  const unmoved = gitStateUpdated(id, { ...head, ahead_of_trunk: 1 });
  const next = { last_commit_hash: hash('bbbbbbb'), last_commit_message: 'Told by a sync' };
  await appendTo(store, stream, unmoved, pushed(id, [hash('aaaaaaa'), hash('ccccccc')]));
  await appendTo(store, stream, gitStateUpdated(id, next));
  await appendTo(store, stream, workCompleted(id, { merge_commit_hash: hash('ccccccc') }));
  await project();
  const commits = await live()
    .selectFrom('commits')
    .select(['hash', 'message', 'author_name', 'files'])
    .orderBy('hash')
    .execute();
  expect(commits).toEqual([
    {
      ...{ hash: hash('aaaaaaa'), message: 'Told by a sync', author_name: 'Ann' },
      files: ['src/a.ts'],
    },
    // Nobody said that the message belongs to the new head.
    { hash: hash('bbbbbbb'), message: null, author_name: null, files: null },
    {
      ...{ hash: hash('ccccccc'), message: `Commit ${hash('ccccccc')}`, author_name: 'Ann' },
      files: ['src/a.ts'],
    },
  ]);
});

test.each([
  ['its merge commit', () => [workCompleted(id, { merge_commit_hash: hash('abcdef1') })]],
  ['its last commit', () => [gitStateUpdated(id, { last_commit_hash: hash('abcdef1') })]],
  ['a pushed commit', () => [pushed(id, [hash('1111111'), hash('abcdef1')])]],
  [
    'the merge commit of its pull request',
    () => [
      prEvent('created', id),
      prEvent('merged', id, 42, { merge_commit_hash: hash('abcdef1') }),
    ],
  ],
] as const)('a deploy ships work by %s, told before it or after', async (_by, events) => {
  const origin = { remote_origin: 'git@github.com:acme/WIDGET.git' };
  await appendTo(store, 'deploy-early', deployed('early', hash('abcdef1'), origin));
  await appendTo(store, stream, workStarted(id), ...events());
  await appendTo(store, 'deploy-short', deployed('short', 'abcdef1', origin));
  const listed = { ...origin, deployment_commits: [hash('abcdef1')] };
  await appendTo(store, 'deploy-listed', deployed('listed', hash('9999999'), listed));
  await project(1);
  const links = await live()
    .selectFrom('deploy_links')
    .innerJoin('deploys', 'deploys.id', 'deploy_links.deploy')
    .select(['deploys.deploy_id', 'work_item_id'])
    .orderBy('deploys.deploy_id')
    .execute();
  expect(links).toEqual(
    ['early', 'listed', 'short'].map((deploy_id) => ({ deploy_id, work_item_id: id })),
  );
});

test('a deploy ships nothing else: no history, no other repository, and nothing when it failed', async () => {
  await appendTo(store, stream, workStarted(id), pushed(id, [hash('aaaaaaa')]));
  await appendTo(store, stream, workCompleted(id, { merge_commit_hash: hash('abcdef1') }));
  await appendTo(store, 'deploy-first', deployed('first', hash('5555555')));
  const elsewhere = { remote_origin: 'git@github.com:acme/gadget.git' };
  await appendTo(store, 'deploy-other', deployed('other', 'abcdef1', elsewhere));
  const failed = { ...deployed('failed', 'abcdef1').data, result: 'failure', work_item_ids: [id] };
  await appendTo(store, 'deploy-failed', newEvent('imi.deploy.failed', failed));
  await project();
  expect(await shipped()).toEqual([]);
  await appendTo(store, 'deploy-failed', deployed('failed', 'abcdef1', { work_item_ids: [id] }));
  await project();
  expect(await shipped()).toEqual([{ work_item_id: id }]);
});

test('pull requests, commits and deploys are the same after a rebuild, however they were batched', async () => {
  await appendTo(store, 'project-1', projectRegistered('widget'));
  for (let n = 1; n <= 12; n += 1) {
    const item = uuid4();
    const head = hash(`${n.toString(16)}abcdef`);
    await appendTo(store, `work_item-${item}`, workStarted(item), prEvent('created', item, n));
    await appendTo(store, `work_item-${item}`, gitStateUpdated(item, { last_commit_hash: head }));
    await appendTo(store, `work_item-${item}`, pushed(item, [hash(`${n}00`), head]));
    const merge = { merge_commit_hash: head };
    await appendTo(store, `work_item-${item}`, prEvent('merged', item, n, merge));
    const ships = { deployment_commits: [hash(`${n}00`)], work_item_ids: [item] };
    await appendTo(store, `deploy-d${n % 3}`, deployed(`d${n % 3}`, head, ships));
  }
  await project(5);
  const options = {
    ...{ db: models.db, schema: liveSchema, into: 'imi_read_next', store },
    signal: AbortSignal.timeout(50_000),
  };
  await rebuildInto(options);
  expect(await verifyGeneration(options)).toEqual([]);
  await live().updateTable('commits').set({ message: 'by hand' }).execute();
  const differences = await verifyGeneration(options);
  expect(new Set(differences.map(({ table }) => table))).toEqual(new Set(['commits']));
});
