import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { startEventStoreServer } from '../../src/embedded/event-store/server.ts';
import { testDatabase } from '../services/database.ts';
import { testRabbit } from '../services/rabbit.ts';
import { testFolder } from '../services/test-folder.ts';
import { BloodbankPeer, type Published } from './bloodbank-peer.ts';
import { startServiceProcess } from './service-process.ts';

const copies = 3;
const branches = 20;
const hourAgo = new Date(Date.now() - 3_600_000).toISOString();

it('answers a conductor on the command plane and Flume under the keys of v2, killed in the middle', async () => {
  const [rabbit, database] = [await testRabbit(), await testDatabase()];
  const { url } = await startEventStoreServer({ dataDir: await testFolder('plane'), port: 0 });
  const peer = await BloodbankPeer.connect(rabbit.url, rabbit.exchangeName);
  const env = {
    IMI_EVENTSTORE_URL: url,
    IMI_DATABASE_URL: database.url,
    IMI_RABBITMQ_URL: rabbit.url,
    IMI_EXCHANGE_NAME: rabbit.exchangeName,
    IMI_DATA_DIR: await testFolder('plane-data'),
  };
  let service = await startServiceProcess(env);
  const repo = `widget-${randomUUID().slice(0, 8)}`;
  const project = { name: repo, remote_origin: `git@github.com:acme/${repo}.git` };
  const answersTo = (id: string) => peer.answers.filter(({ payload }) => payload.command_id === id);
  const kinds = (answers: readonly Published[]) => [...new Set(answers.map((it) => it.routingKey))];
  const order = (action: string, command_payload: object, ttl_ms?: number) => {
    const command_id = `order-${randomUUID()}`;
    const body = {
      event_type: 'command.envelope',
      timestamp: hourAgo,
      payload: { command_id, target_agent: 'imi', action, command_payload, ttl_ms },
    };
    return { command_id, tell: () => peer.tell(`command.imi.${action}`, body) };
  };
  const flume = (key: string, data: object) => ({
    event: key,
    version: '1.0',
    data,
    exchange: 'amq.topic',
    routingKey: key,
    correlationId: 'corr-456',
    timestamp: new Date().toISOString(),
    source: 'flume',
  });

  // Flume registers on its own exchange, then once more, in the form of a v2 document.
  const [registered] = await peer.send(
    'imi.project.register',
    flume('imi.project.register', project),
    { exchange: 'amq.topic' },
  );
  const projectId = registered?.ids.project_id;
  await peer.send('imi.project.register', {
    event_type: 'imi.project.register',
    source: 'flume',
    correlation_id: randomUUID(),
    payload: project,
  });
  await peer.until(() => peer.answers.length === 1);
  expect(peer.answers[0]).toMatchObject({
    routingKey: 'imi.project.registered',
    payload: { unchanged: true, project_id: projectId, project_name: repo },
  });

  // A worktree by the name of its project, as soon as that is there; its branch cannot be had twice.
  const create = { project_name: repo, type: 'feat', name: 'user-auth' };
  const [created] = await peer.send('imi.worktree.create', create);
  expect(created).toMatchObject({ status: 'accepted', ids: { project_id: projectId } });
  const worktreeId = created?.ids.work_item_id;
  await peer.send('imi.worktree.create', { ...create, agent_id: 'late' });
  await peer.until(() => peer.answers.length === 2);
  expect(peer.answers[1]).toMatchObject({
    routingKey: 'imi.worktree.creation_failed',
    payload: { request: create, error: { code: 'CONFLICT', params: { work_item_id: worktreeId } } },
  });
  const shown = await (await fetch(`${service.url}/api/v1/work/${worktreeId}`)).json();
  expect(shown).toMatchObject({
    branch_name: 'feat/user-auth',
    work_type: 'feature',
    owner_id: expect.any(String),
    worktree: { type: 'feat', name: 'feat-user-auth' },
    worktree_path: expect.stringMatching(new RegExp(`/code/${repo}/feat-user-auth$`)),
  });

  // The conductor starts work on many branches, each order sent three times; iMi is killed meanwhile.
  const starts = Array.from({ length: branches }, (_, n) =>
    order('start_work', {
      project_id: projectId,
      branch_name: `feat/plane-${n}`,
      work_type: 'feature',
      owner_id: 'conductor',
    }),
  );
  const told = Promise.all(starts.flatMap(({ tell }) => Array.from({ length: copies }, tell)));
  await peer.until(() => peer.answers.some((it) => it.routingKey.endsWith('.result')));
  await service.kill();
  await told;
  service = await startServiceProcess(env);
  const isAnswered = ({ command_id }: { command_id: string }) =>
    answersTo(command_id).filter((it) => it.routingKey.endsWith('.result')).length >= copies;
  await peer.until(() => starts.every(isAnswered));
  for (const { command_id } of starts) {
    const answers = answersTo(command_id);
    expect(kinds(answers)).toEqual(['command.imi.start_work.ack', 'command.imi.start_work.result']);
    expect(new Set(answers.map((it) => it.messageId)).size).toBe(2);
    const results = answers.filter((it) => it.routingKey.endsWith('.result'));
    for (const { payload } of results) {
      expect(payload).toMatchObject({ outcome: 'success', ids: results[0]?.payload.ids });
    }
  }

  // What comes too late, what nobody can do, and what cannot be done.
  const late = order('start_work', {}, 3_500_000);
  const unknown = order('launch', {});
  const again = order('deactivate_project', { project_id: randomUUID() });
  for (const { tell } of [late, unknown, again]) await tell();
  const errors = [late, unknown, again];
  await peer.until(() => errors.every((it) => answersTo(it.command_id).length > 0));
  await peer.until(() => kinds(answersTo(again.command_id)).length === 2);
  expect(errors.map((it) => answersTo(it.command_id).at(-1)?.payload)).toMatchObject([
    { error_code: 'ttl_expired' },
    { error_code: 'not_implemented' },
    { error_code: 'rejected', error: { code: 'NOT_FOUND' } },
  ]);

  // Merged, twice; the second time there is nothing to merge.
  const merge = { worktree_id: worktreeId, merged_by: 'ada' };
  for (let n = 0; n < 2; n += 1) await peer.send('imi.worktree.merge', { ...merge, n });
  await peer.until(() => peer.answers.some((it) => it.routingKey === 'imi.worktree.merged'));

  // Once each, in order, and the answers in between have broken no chain.
  const is = (type: string) => (it: Published) => it.routingKey === type;
  await peer.until((published) => published.some(is('imi.work.completed')));
  const first = peer.published.filter(
    (it, index, all) => all.findIndex(({ messageId }) => messageId === it.messageId) === index,
  );
  expect(first.filter(is('imi.project.registered'))).toHaveLength(1);
  expect(first.filter(is('imi.work.started'))).toHaveLength(1 + branches);
  expect(first.filter(is('imi.work.completed'))).toHaveLength(1);
  for (const [i, message] of first.entries()) {
    if (i > 0) expect(message.payload.previous_position).toBe(first[i - 1]?.payload.position);
  }
  expect(peer.violations).toEqual([]);
  expect(await peer.depthOf('imi.commands')).toBe(0);
  expect(await peer.depthOf('imi.commands.dlq')).toBe(0);
  expect(await service.stop()).toBe(0);
});
