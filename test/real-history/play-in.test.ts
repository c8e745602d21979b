import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { consumedQueues } from '../../src/bloodbank/topology.ts';
import { until } from '../bloodbank/support.ts';
import { BloodbankPeer } from '../e2e/bloodbank-peer.ts';
import { Stand } from '../e2e/stand.ts';
import { everyEvent } from '../support/every-event.ts';
import { randomFrom } from '../support/random.ts';
import { type Branch, branchesOf, type Registration } from './branches.ts';
import { fullNameOf } from './github.ts';
import { projectHistory } from './history.ts';
import { filesOf, pushedTo, storyOf } from './story.ts';
import { jumbled, type Message } from './telling.ts';

const seed = Number(process.env.IMI_TEST_SEED ?? Math.floor(Math.random() * 1e9));

// biome-ignore lint/suspicious/noExplicitAny: matched field by field
type Json = any;

it("knows of a real project's branches what git knows, whatever order and number it is told in", async () => {
  process.stdout.write(`seed ${seed} (IMI_TEST_SEED)\n`);
  const random = randomFrom(seed);
  const stand = await Stand.start();
  const peer = await BloodbankPeer.connect(stand.rabbitUrl, stand.exchange);
  const get = (path: string): Promise<Json> => stand.get(`/api/v1${path}`);

  const history = projectHistory();
  const branches = branchesOf(history);
  const home = { owner: 'acme', name: `real-${randomUUID().slice(0, 8)}` };
  const repository = fullNameOf(home);
  const remote_origin = `git@github.com:${repository}.git`;
  const { chapters, beside } = storyOf(home, history, branches);
  const of = (...kinds: readonly Registration[]) =>
    chapters.filter(({ branch }) => kinds.includes(branch.registration));

  let told = 0;
  const played: Message[] = [];
  const play = async (messages: readonly Message[]) => {
    await Promise.all(messages.map(({ key, body }) => peer.tell(key, body)));
    told += messages.length;
    played.push(...messages);
    await until(async () => (await handledBy(stand)) === told);
  };
  const ids = new Map<Branch, string>();
  const register = async (branch: Branch) => {
    const { name: branch_name } = branch;
    const work = { remote_origin, branch_name, work_type: 'feature', owner_id: 'ada' };
    const [reply] = await peer.send('imi.cmd.start_work', work);
    expect(reply).toMatchObject({ status: 'accepted' });
    told += 1;
    ids.set(branch, String(reply?.ids.work_item_id));
  };

  await peer.send('imi.cmd.register_project', { name: home.name, remote_origin });
  told += 1;
  for (const { branch } of of('before')) await register(branch);
  const toTheEnd = of('before').flatMap(({ work, end }) => [...work, ...end]);
  const soFar = of('later', 'never').flatMap(({ work }) => work);
  await play(jumbled([...toTheEnd, ...soFar, ...beside], random));

  // What nobody has registered yet is untracked, and that alone.
  const untracked = async (): Promise<Json[]> =>
    (await get('/work/untracked?include=deleted&limit=500')).items;
  const names = (some: readonly { readonly branch: Branch }[]) =>
    some.map(({ branch }) => branch.name).sort();
  const shown = async () => (await untracked()).map(({ branch_name }) => branch_name).sort();
  await until(async () => (await shown()).length >= of('later', 'never').length);
  expect(await shown()).toEqual(names(of('later', 'never')));

  for (const { branch } of of('later')) await register(branch);
  await until(async () => (await shown()).length <= of('never').length);
  await play(
    jumbled(
      [
        ...of('later', 'never').flatMap(({ end }) => end),
        ...of('later').flatMap(({ work }) => work),
      ],
      random,
    ),
  );

  // Merged are those that git merged, and no other.
  const registered = of('before', 'later').map(({ branch }) => branch);
  const merged = registered.filter(({ mergeHash }) => mergeHash !== null);
  const ended = async (): Promise<Json> => get('/work?status=merged&limit=500');
  await until(async () => (await ended()).total >= merged.length);
  expect((await ended()).items.map((item: Json) => item.id).sort()).toEqual(
    merged.map((branch) => ids.get(branch)).sort(),
  );

  // Each branch, from whichever end it is asked for.
  for (const branch of registered) {
    const id = ids.get(branch);
    const trace = async (type: string, name: string): Promise<Json> =>
      (await get(`/trace/${type}/${encodeURIComponent(name)}`)).chain;
    const pushed = pushedTo(branch).map(({ hash }) => hash);
    const known = [...pushed, ...(branch.mergeHash === null ? [] : [branch.mergeHash])];
    const whole = await trace('work_item', String(id));
    expect(whole.commits.map(({ hash }: Json) => hash).sort(), branch.name).toEqual(known.sort());
    const files = whole.commits.flatMap((commit: Json) => commit.files ?? []);
    expect(new Set(files)).toEqual(new Set(filesOf(branch)));
    const last = branch.commits.at(-1)?.hash;
    expect(whole.work_items).toMatchObject([
      {
        id,
        branch_name: branch.name,
        status: branch.mergeHash === null ? expect.not.stringMatching('merged') : 'merged',
        merge_commit_hash: branch.mergeHash,
        pushed_head_hash: last,
        branch_deleted_at: branch.isDeleted ? expect.any(String) : null,
      },
    ]);
    expect(whole.prs).toMatchObject([
      {
        pr_number: branch.prNumber,
        pr_title: branch.title,
        pr_state: branch.mergeHash === null ? 'closed' : 'merged',
        merge_commit_hash: branch.mergeHash,
        head_commit_hash: last,
      },
    ]);
    const ends: readonly (readonly [type: string, name: string])[] = [
      ['branch', `${repository}@${branch.name}`],
      ['pr', `${repository}#${branch.prNumber}`],
      ['commit', branch.commits[0].hash],
      ...(branch.mergeHash === null ? [] : [['commit', branch.mergeHash] as const]),
    ];
    for (const [type, name] of ends) {
      const chain = await trace(type, name);
      expect(
        chain.work_items.map((item: Json) => item.id),
        `${type} ${name}`,
      ).toEqual([id]);
      expect(chain.prs.map((pr: Json) => pr.pr_number)).toEqual([branch.prNumber]);
    }
  }

  // What nobody ever registered is shown as that: neither the trunk nor a tag.
  const strays = await untracked();
  expect(strays.map(({ branch_name }) => branch_name).sort()).toEqual(names(of('never')));
  for (const { branch } of of('never')) {
    expect(strays.find(({ branch_name }) => branch_name === branch.name)).toMatchObject({
      remote_origin,
      commit_count: pushedTo(branch).length,
      head_commit_hash: branch.commits.at(-1)?.hash,
      branch_deleted_at: branch.isDeleted ? expect.any(String) : null,
      prs: [
        {
          pr_number: branch.prNumber,
          pr_state: branch.mergeHash === null ? 'closed' : 'merged',
          merge_commit_hash: branch.mergeHash,
        },
      ],
    });
  }
  const listed: Json[] = (await get('/work/untracked?limit=500')).items;
  expect(listed.map(({ branch_name }) => branch_name).sort()).toEqual(
    names(of('never').filter(({ branch }) => !branch.isDeleted)),
  );

  // Told all over again, it is the same; nothing was refused, nothing set aside.
  const recorded = async () =>
    (await everyEvent(stand.store)).filter(({ type }) => type.startsWith('imi.'));
  const before = (await recorded()).map(({ id }) => id);
  await play(played.splice(0));
  expect((await recorded()).map(({ id }) => id)).toEqual(before);
  expect((await recorded()).filter(({ type }) => type === 'imi.cmd.failed')).toEqual([]);
  for (const queue of consumedQueues) expect(await peer.depthOf(`${queue}.dlq`)).toBe(0);
  process.stdout.write(
    `${JSON.stringify({
      commits: history.length,
      branches: branches.length,
      merged: merged.length,
      untracked: strays.length,
      messages: told,
      events: before.length,
    })}\n`,
  );
  await stand.expectUnharmed();
}, 300_000);

/** Messages that all consumers together have taken and acknowledged. */
async function handledBy(stand: Stand): Promise<number> {
  const text: string = await stand.get('/metrics');
  return [...text.matchAll(/^imi_messages_handled_total\{.*\} (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}
