import { expect, it } from 'vitest';
import { historyOf, origins, projects, tickets, workItems } from './history.ts';
import { type Json, type Stack, startStack } from './stack.ts';

/** What the API answered, and as of when it shall answer so again. */
interface Remembered {
  readonly position: string;
  readonly time: string;
  readonly answers: ReadonlyMap<string, Answer>;
}

interface Answer {
  readonly status: number;
  readonly etag: unknown;
  readonly body: Json;
}

const reads = [
  ...['/projects', '/projects?active=all', '/projects?active=false&limit=1'],
  ...['/projects?active=all&search=gadget+1', '/projects?active=all&metadata={"team":"core"}'],
  ...origins.map((origin) => `/projects/by-origin?remote_origin=${encodeURIComponent(origin)}`),
  ...projects.map((id) => `/projects/${id}`),
  `/projects/${projects[0]}/path?worktree_name=spin`,
  ...['/work', '/work?active=true', '/work?active=false', '/work?limit=2&offset=1'],
  ...['/work?status=ahead', '/work?owner_id=agent-1&work_type=fix'],
  ...['/work?source_type=plane_ticket&source_ref=PROJ-1', `/work?project_id=${projects[0]}`],
  ...['/work/inflight', '/work/inflight?include=clean', '/work/inflight?limit=1'],
  ...['/work?stale=true', '/work/inflight?stale=false'],
  `/work/inflight?project_id=${projects[1]}`,
  ...workItems.map((id) => `/work/${id}`),
  ...workItems.map((id) => `/links?work_item_id=${id}`),
  ...tickets.map((id) => `/links/ticket/${id}`),
];

async function answersOf({ app }: Stack, as_of?: string): Promise<ReadonlyMap<string, Answer>> {
  const asked = reads.map(async (path): Promise<[string, Answer]> => {
    const url = new URL(path, 'http://imi.test');
    if (as_of !== undefined) url.searchParams.set('as_of', as_of);
    const { statusCode, headers, body } = await app.inject({
      url: `/api/v1${url.pathname}${url.search}`,
    });
    const { detail, ...rest } = JSON.parse(body);
    return [path, { status: statusCode, etag: headers.etag, body: detail?.code ?? rest }];
  });
  return new Map(await Promise.all(asked));
}

async function remember(
  stack: Stack,
  clock: { now: string },
  seed: number,
): Promise<readonly Remembered[]> {
  const remembered: Remembered[] = [];
  for (const { name, body, now } of historyOf(seed, 60)) {
    clock.now = now;
    const { status, position } = await stack.send(name, body);
    if (status !== 'accepted' || position === null) continue;
    const answers = await answersOf(stack);
    remembered.push({ position: position.toString(), time: now, answers });
  }
  return remembered;
}

const seed = Number(process.env.IMI_TEST_SEED ?? 1);

it(`Every read answers as of each position and time what it answered then (IMI_TEST_SEED=${seed})`, async () => {
  const clock = { now: '2026-01-21T00:00:00.000Z' };
  const stack = await startStack(() => clock.now);
  const before = await answersOf(stack);
  const remembered = await remember(stack, clock, seed);
  expect(remembered.length).toBeGreaterThan(20);

  for (const { position, answers } of remembered) {
    expect(await answersOf(stack, position), `position ${position}`).toEqual(answers);
  }
  const lastOfTime = new Map(remembered.map((each) => [each.time, each]));
  expect(lastOfTime.size).toBeLessThan(remembered.length);
  for (const [time, { answers }] of lastOfTime) {
    expect(await answersOf(stack, time), `time ${time}`).toEqual(answers);
  }
  const last = remembered.at(-1)?.answers;
  expect(await answersOf(stack, '9999-12-31T23:59:59+14:00')).toEqual(last);
  expect(await answersOf(stack, '2000-01-01T00:00:00Z')).toEqual(before);
  expect(await answersOf(stack, '0')).toEqual(before);

  await stack.rebuild();
  for (const { position, answers } of remembered.filter((_, index) => index % 4 === 0)) {
    expect(await answersOf(stack, position), `rebuilt, ${position}`).toEqual(answers);
  }
  await stack.close();
}, 120_000);
