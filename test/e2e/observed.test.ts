import { expect, it } from 'vitest';
import { startEventStoreServer } from '../../src/embedded/event-store/server.ts';
import { until } from '../bloodbank/support.ts';
import { githubBody } from '../commands/translation/git-messages.ts';
import { testDatabase } from '../services/database.ts';
import { testRabbit } from '../services/rabbit.ts';
import { testFolder } from '../services/test-folder.ts';
import { BloodbankPeer } from './bloodbank-peer.ts';
import { startServiceProcess } from './service-process.ts';

// biome-ignore lint/suspicious/noExplicitAny: matched field by field
type Json = any;

const push: Json = githubBody('push');
const opened: Json = githubBody('pull-request-opened');
const merged: Json = githubBody('pull-request-merged');
const deleted: Json = githubBody('push-deleted');
const head = push.after as string;

it('follows work from a push that nobody expected to its deploy, whoever is killed on the way', async () => {
  const [rabbit, database] = [await testRabbit(), await testDatabase()];
  const { url } = await startEventStoreServer({ dataDir: await testFolder('observed'), port: 0 });
  const peer = await BloodbankPeer.connect(rabbit.url, rabbit.exchangeName);
  const start = async () =>
    startServiceProcess({
      IMI_EVENTSTORE_URL: url,
      IMI_DATABASE_URL: database.url,
      IMI_RABBITMQ_URL: rabbit.url,
      IMI_EXCHANGE_NAME: rabbit.exchangeName,
      IMI_DATA_DIR: await testFolder('observed-data'),
    });
  let service = await start();
  const get = async (path: string): Promise<Json> =>
    (await fetch(`${service.url}/api/v1${path}`)).json();
  const untracked = async () => (await get('/work/untracked')).items;
  const published = (type: string) => peer.published.filter((it) => it.routingKey === type);

  // Nobody has registered the repository, let alone the branch; a body comes through a wrong door.
  for (let copy = 0; copy < 3; copy += 1) await peer.tell('git.push', push);
  await peer.tell('webhook.plane.github', { provider: 'plane', body: opened });
  await until(async () => (await untracked())[0]?.prs.length === 1);
  expect(await untracked()).toMatchObject([
    {
      project_id: null,
      remote_origin: 'git@github.com:Acme/Widget.git',
      branch_name: 'feature/spin',
      commit_count: push.commits.length,
      head_commit_hash: head,
      prs: [{ pr_number: 42, pr_state: 'open' }],
    },
  ]);

  // Registered later, it knows what was seen before.
  const widget = { name: 'widget', remote_origin: 'https://github.com/acme/widget' };
  await peer.send('imi.cmd.register_project', widget);
  const checkout = '/home/ada/code/spin';
  const [started] = await peer.send('imi.cmd.start_work', {
    remote_origin: widget.remote_origin,
    ...{ branch_name: 'feature/spin', work_type: 'feature', owner_id: 'ada' },
    worktree_path: checkout,
  });
  const id = started?.ids.work_item_id;
  await until(async () => (await untracked()).length === 0);
  await until(async () => (await get(`/work/${id}`)).open_prs?.length === 1);
  expect((await get(`/trace/commit/${head.slice(0, 9)}`)).chain).toMatchObject({
    work_items: [{ id, pushed_head_hash: head }],
    prs: [{ pr_number: 42, pr_state: 'open', head_commit_hash: head }],
  });

  // Edits and a look at the checkout, by its path alone; iMi is killed among them.
  const files = Array.from({ length: 40 }, (_, n) => `src/${n}.ts`);
  const edit = (file: string) => ({
    ...{ event_type: 'tool.mutation.write', tool_name: 'Write', agent_id: 'ada' },
    repo: { git_root: checkout, branch: '', head_sha: head, remote_url: null },
    file_path: `${checkout}/${file}`,
    raw_payload: { secret: 'hunter2hunter2' },
  });
  const edits = files.map((file) => peer.tell('tool.mutation.write', edit(file)));
  await service.kill();
  await Promise.all(edits);
  service = await start();
  const touched = () =>
    published('imi.work.activity_observed').flatMap(({ payload }) => payload.paths as string[]);
  await peer.until(() => files.every((file) => touched().includes(file)));
  await peer.tell('git.sync_completed', {
    ...{ worktree_path: checkout, has_uncommitted: false, uncommitted_count: 0 },
    ...{ ahead: 2, behind: 0, last_commit_hash: head },
  });
  await peer.until(() => published('imi.work.git_state_updated').length >= 1);

  // Merged, which completes it; its branch is deleted; and it is deployed.
  for (let copy = 0; copy < 2; copy += 1) await peer.tell('git.pr.merged', merged);
  await peer.until(() => published('imi.work.completed').length >= 1);
  await peer.tell('git.push', deleted);
  await peer.until(() => published('imi.work.branch_deleted').length >= 1);
  await peer.tell('ci.deploy.completed', {
    ...{ repo_url: widget.remote_origin, commit_sha: merged.pull_request.merge_commit_sha },
    ...{ environment: 'production', result: 'success' },
  });
  await until(async () => (await get('/trace/pr/acme%2Fwidget%2342')).chain?.deploys.length === 1);
  expect((await get('/trace/pr/acme%2Fwidget%2342')).chain).toMatchObject({
    work_items: [{ id, status: 'merged', safe_to_clean: true, stale: false }],
    prs: [{ pr_state: 'merged', merged_by: merged.pull_request.merged_by.login }],
    deploys: [{ environment: 'production', work_item_ids: [id] }],
  });

  // A push of two thousand commits is larger than any command may be, and is taken all the same.
  const many = Array.from({ length: 2000 }, (_, n) => ({
    ...push.commits[0],
    id: (n + 1).toString(16).padStart(40, '0'),
    added: Array.from({ length: 40 }, (_, file) => `src/${n}/${file}.ts`),
  }));
  const large = { ...push, ref: 'refs/heads/feature/many', after: many.at(-1)?.id, commits: many };
  expect(JSON.stringify(large).length).toBeGreaterThan(2 * 1024 * 1024);
  await peer.tell('git.push', large);
  await until(async () => (await untracked())[0]?.commit_count === 2000);

  // What cannot be read is set aside with its reason, and holds up nothing.
  const { ref: _, ...noRef } = push;
  await peer.tell('git.push', noRef);
  await peer.tell('ci.deploy.completed', { environment: 'production' });
  await peer.tell('tool.mutation.write', '{"tool_name":');
  for (const queue of ['imi.git_events', 'imi.deploy_events', 'imi.mutation_events']) {
    await until(async () => (await peer.depthOf(`${queue}.dlq`)) === 1);
    expect(await peer.depthOf(queue)).toBe(0);
  }
  expect(published('imi.cmd.failed')).toEqual([]);
  expect(JSON.stringify(peer.published)).not.toContain('hunter2');
  expect(peer.violations).toEqual([]);
  expect(await service.stop()).toBe(0);
});
