import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { startEventStoreServer } from '../../src/embedded/event-store/server.ts';
import { connectEventStore } from '../../src/events/esdb-event-store.ts';
import { connectDatabase } from '../../src/projections/database.ts';
import { diffGenerations } from '../../src/projections/diff-generations.ts';
import { rebuildInto } from '../../src/projections/rebuild.ts';
import { liveSchema } from '../../src/projections/tables.ts';
import { publicEvents } from '../bloodbank/store.ts';
import { testDatabase } from '../services/database.ts';
import { testRabbit } from '../services/rabbit.ts';
import { testFolder } from '../services/test-folder.ts';
import { randomFrom, shuffled } from '../support/random.ts';
import { BloodbankPeer, type Published, type Reply } from './bloodbank-peer.ts';
import { shapes } from './envelopes.ts';
import { type ServiceProcess, startServiceProcess } from './service-process.ts';

const seed = Number(process.env.IMI_TEST_SEED ?? Math.floor(Math.random() * 1e9));
const ahead = 40;

it('keeps a day of three agents and an orchestrator, killed in the middle, exactly once', async () => {
  process.stdout.write(`seed ${seed} (IMI_TEST_SEED)\n`);
  const random = randomFrom(seed);
  const [rabbit, database] = [await testRabbit(), await testDatabase()];
  const storeUrl = process.env.IMI_TEST_EVENTSTORE_URL ?? (await ownEventStore());
  const env = {
    IMI_EVENTSTORE_URL: storeUrl,
    IMI_DATABASE_URL: database.url,
    IMI_RABBITMQ_URL: rabbit.url,
    IMI_EXCHANGE_NAME: rabbit.exchangeName,
    IMI_DATA_DIR: await testFolder('day'),
  };
  const peer = await BloodbankPeer.connect(rabbit.url, rabbit.exchangeName);
  let service = await startServiceProcess(env);

  let sent = 0;
  const replies: Reply[][] = [];
  /** Sends a command one to three times, in the next of all envelope shapes. */
  const send = async (name: string, payload: object): Promise<Reply> => {
    const shape = shapes[sent % shapes.length];
    sent += 1;
    const key = `imi.cmd.${name}`;
    const message = shape?.(key, payload);
    const times = 1 + Math.floor(random() * 3);
    const answered = await peer.send(key, message?.body, { ...message?.properties, times });
    replies.push(answered);
    return answered[0] as Reply;
  };

  // Morning: both repositories are registered, in every form of their origins, at once.
  const suffix = randomUUID().slice(0, 8);
  const [shop, book] = [`shop-${suffix}`, `handbook-${suffix}`];
  const forms = (repo: string) => [
    `git@github.com:33god-test/${repo}.git`,
    `https://github.com/33GOD-test/${repo}`,
    `ssh://git@github.com:22/33god-test/${repo.toUpperCase()}.git`,
  ];
  const registered = await Promise.all(
    [shop, book].flatMap((repo) =>
      forms(repo).map((remote_origin) => send('register_project', { name: repo, remote_origin })),
    ),
  );
  expect(countBy(registered, (r) => r.status)).toEqual({ accepted: 2, unchanged: 4 });
  const ids = registered.map((reply) => reply.ids.project_id);
  const [shopId, bookId] = [ids[0], ids[3]];
  expect(new Set(ids)).toEqual(new Set([shopId, bookId]));

  // Three agents reach for one branch; each has a branch of its own as well.
  const agents = ['ada', 'bob', 'cy'];
  const start = (agent: string, project_id: unknown, branch_name: string, source?: object) =>
    send('start_work', { project_id, branch_name, work_type: 'feature', owner_id: agent, source });
  const ticket = `PROJ-${Math.floor(random() * 1e6)}`;
  const source = { type: 'plane_ticket', ref: ticket };
  const reach = await Promise.all(agents.map((a) => start(a, shopId, 'feat/checkout', source)));
  expect(countBy(reach, (r) => r.status)).toEqual({ accepted: 1, rejected: 2 });
  const checkout = String(reach.find((r) => r.status === 'accepted')?.ids.work_item_id);
  for (const refused of reach.filter((r) => r.status === 'rejected')) {
    expect(refused.error).toMatchObject({ code: 'CONFLICT', params: { work_item_id: checkout } });
  }
  const own = await Promise.all(agents.map((agent) => start(agent, bookId, `docs/${agent}`)));
  expect(own.map((reply) => reply.status)).toEqual(['accepted', 'accepted', 'accepted']);

  // Noon: git states of all four, out of order and repeated. iMi is killed in the middle.
  const items = [checkout, ...own.map((reply) => String(reply.ids.work_item_id))];
  const morning = Date.now() - 3_600_000;
  const looks = shuffled(
    items.flatMap((work_item_id) =>
      Array.from({ length: ahead }, (_, i) => ({
        work_item_id,
        ahead_of_trunk: i + 1,
        uncommitted_files_count: i % 3,
        last_sync_at: new Date(morning + i * 1000).toISOString(),
      })),
    ),
    random,
  );
  const seen = peer.published.length;
  const all = Promise.all(looks.map((look) => send('update_git_state', look)));
  await peer.until((published) => published.length >= seen + 10);
  await service.kill();
  service = await startServiceProcess(env);
  await all;

  // Evening: a second ticket, the work merged, what was never valid refused, the handbook given up.
  await send('link_ticket', { work_item_id: checkout, plane_ticket_id: `${ticket}0` });
  const byBranch = { remote_origin: forms(shop)[1], branch_name: 'feat/checkout' };
  const merged = await send('complete_work', { ...byBranch, completion_type: 'merged' });
  expect(merged).toMatchObject({ status: 'accepted', ids: { work_item_id: checkout } });
  const invalid = await send('start_work', { project_id: shopId, branch_name: 'a..b' });
  expect(invalid.error?.code).toBe('VALIDATION_ERROR');
  await send('deactivate_project', { project_id: bookId });
  await peer.until((published) => distinct(published, 'imi.work.completed').length >= 4);
  const late = await start('ada', bookId, 'docs/late');
  expect(late.error?.code).toBe('NOT_FOUND');

  // Every command has one outcome, and the one event of each thing that happened once.
  for (const same of replies) for (const reply of same) expect(reply).toEqual(same[0]);
  const store = connectEventStore(storeUrl);
  const mine = (await publicEvents(store)).filter((event) => {
    const data: Record<string, unknown> = event.data;
    const { project_id } = data.request ? (data.request as Record<string, unknown>) : data;
    return [shopId, bookId].includes(String(project_id));
  });
  const happened = countBy(mine, (event) => event.type);
  const updates = replies.flatMap(([reply]) => reply?.events ?? []);
  expect(happened).toEqual({
    'imi.project.registered': 2,
    'imi.work.started': 4,
    'imi.link.ticket_linked': 2,
    'imi.work.git_state_updated': updates.filter(isGitState).length,
    'imi.work.completed': 4,
    'imi.project.deactivated': 1,
    'imi.cmd.failed': 4,
  });

  // Everything that happened was published, in order, in an envelope that everybody reads.
  const last = mine.at(-1)?.id;
  await peer.until((published) => published.some((message) => message.messageId === last));
  expect(peer.violations).toEqual([]);
  const first = distinct(peer.published);
  expect(first.map((message) => message.messageId)).toEqual(
    expect.arrayContaining(mine.map((event) => event.id)),
  );
  for (const [i, message] of first.entries()) {
    if (i > 0) expect(message.payload.previous_position).toBe(first[i - 1]?.payload.position);
  }
  expect(await peer.depthOf('imi.commands.dlq')).toBe(0);

  // The read side shows the end of the day, and a rebuild from nothing shows the same.
  await expectReadSide(service, { ticket, checkout, bookId: String(bookId), items });
  const db = connectDatabase(database.url, { poolSize: 2, applicationName: 'test' });
  const { signal } = new AbortController();
  await rebuildInto({ db, schema: liveSchema, into: 'imi_check', store, signal });
  expect(await diffGenerations({ db, schema: liveSchema }, 'imi_check')).toEqual([]);
  await db.destroy();
  await store.close();
  expect(await service.stop()).toBe(0);
});

async function expectReadSide(
  { url }: ServiceProcess,
  day: { ticket: string; checkout: string; bookId: string; items: readonly string[] },
): Promise<void> {
  // biome-ignore lint/suspicious/noExplicitAny: matched field by field
  const get = async (path: string): Promise<any> => (await fetch(`${url}${path}`)).json();
  const trace = await get(`/api/v1/trace/ticket/${day.ticket}`);
  expect(trace.chain.work_items).toMatchObject([{ id: day.checkout, status: 'merged' }]);
  for (const id of day.items) {
    const item = await get(`/api/v1/work/${id}`);
    expect(item).toMatchObject({
      active: false,
      ahead_of_trunk: ahead,
      uncommitted_files_count: (ahead - 1) % 3,
      status: id === day.checkout ? 'merged' : 'abandoned',
    });
  }
  const book = await get(`/api/v1/projects/${day.bookId}`);
  expect(book).toMatchObject({ active: false, active_work_items: 0, inflight_work_items: 0 });
}

async function ownEventStore(): Promise<string> {
  const server = await startEventStoreServer({ dataDir: await testFolder('day-store'), port: 0 });
  return server.url;
}

const isGitState = (event: { readonly event_type: string }): boolean =>
  event.event_type === 'imi.work.git_state_updated';

/** Each message the first time it came. */
function distinct(published: readonly Published[], key?: string): Published[] {
  const ids = new Set<string>();
  return published.filter(({ messageId, routingKey }) => {
    if (ids.has(messageId) || (key !== undefined && routingKey !== key)) return false;
    ids.add(messageId);
    return true;
  });
}

function countBy<T>(things: readonly T[], kind: (thing: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const thing of things) counts[kind(thing)] = (counts[kind(thing)] ?? 0) + 1;
  return counts;
}
