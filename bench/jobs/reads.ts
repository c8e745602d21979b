import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Program, startProgram } from '../../test/support/program.ts';
import { type Filled, fillReadModels } from '../fill-read-models.ts';
import { type Imi, startOnStand } from '../imi.ts';
import type { Bench, Job } from '../job.ts';
import {
  asking,
  costs,
  described,
  errors,
  type Measured,
  measure,
  seconds,
  speed,
  tail,
} from '../measured.ts';
import { withMoreAgents } from '../more-agents.ts';
import { poolOf } from '../pool.ts';
import { share, times } from '../quantity.ts';
import { createSameAnswers } from '../same-answers.ts';
import type { Stand } from '../stand.ts';
import { createV2Functions } from '../v2-functions.ts';

const poolSize = 4;
const rawTarget = '≥ 75 %, p99 ≤ 1.6 ×';

/** What a question is held against: Fastify and node-pg alone, v2's function, or one statement. */
type Limit = 'raw' | 'v2' | 'same';

const limitNames: { readonly [limit in Limit]: string } = {
  raw: 'raw',
  v2: 'v2 function',
  same: 'the same answer in one statement',
};

interface Question {
  readonly name: string;
  readonly target?: string;
  readonly limits?: readonly Limit[];
  readonly path: (index: number) => string;
}

const each = (values: readonly string[], index: number): string =>
  encodeURIComponent(values[index % values.length] ?? '');

const questions = (filled: Filled): readonly Question[] => [
  {
    ...{ name: 'project by id', limits: ['raw'], target: rawTarget },
    path: (index) => `/projects/${each(filled.projectIds, index)}`,
  },
  {
    ...{ name: 'project by origin', limits: ['raw'], target: rawTarget },
    path: (index) => `/projects/by-origin?remote_origin=${each(filled.origins, index)}`,
  },
  {
    ...{ name: 'path', limits: ['raw'], target: rawTarget },
    path: (index) => `/projects/${each(filled.projectIds, index)}/path`,
  },
  { name: 'work item by id', path: (index) => `/work/${each(filled.workItemIds, index)}` },
  {
    ...{ name: 'in flight', limits: ['v2', 'same'], target: '≥ 100 %, p95 ≤ 12.5 ms' },
    path: (index) => `/work/inflight?project_id=${each(filled.projectIds, index)}`,
  },
  {
    ...{ name: 'search', limits: ['v2', 'same'], target: '≥ 100 %' },
    path: (index) => `/projects?limit=20&search=${each(filled.searches, index)}`,
  },
  {
    ...{ name: 'trace', limits: ['v2', 'same'], target: '≥ 100 %, p95 ≤ 25 ms' },
    path: (index) => `/trace/ticket/${each(filled.tickets, index)}`,
  },
];

/** Reads over HTTP on 50 connections, in turn with their limits; then on more and more. */
export const reads: Job = async (bench) => {
  const { stand } = bench;
  const imi = await startOnStand(stand, { IMI_DATABASE_POOL_SIZE: String(poolSize) });
  try {
    const pool = poolOf(stand, 2);
    const filled = await fillReadModels(pool);
    await createV2Functions(pool);
    await createSameAnswers(pool);
    await pool.end();
    const raw = await startRaw(stand);
    try {
      const urls: Urls = JSON.parse(raw.readyLine);
      for (const question of questions(filled)) await ask(bench, imi, urls, question);
      await withMoreAgents(bench, imi, urls.raw, filled);
    } finally {
      await raw.stop();
    }
  } finally {
    await imi.stop();
  }
};

type Urls = { readonly [limit in Limit]: string };

/** Asks iMi and all that it is held against, in turn, and reports what it comes to. */
async function ask({ report, runs }: Bench, imi: Imi, urls: Urls, question: Question) {
  const { name, path, target, limits = [] } = question;
  for (const limit of limits.filter((each) => each !== 'v2')) {
    await answersAlike(imi.url, urls[limit], path(7));
  }
  const sides = new Map<'iMi' | Limit, Measured[]>([
    ['iMi', []],
    ...limits.map((limit) => [limit, []] as [Limit, Measured[]]),
  ]);
  for (let run = -1; run < runs; run += 1) {
    for (const [side, measured] of sides) {
      const url = side === 'iMi' ? imi.url : urls[side];
      const each = await measure(url, asking(50, path, run < 0 ? 1 : seconds));
      if (run >= 0) measured.push(each);
    }
  }
  const ours = sides.get('iMi') ?? [];
  const row = { measure: `GET ${name}, 50 connections`, value: described(ours) };
  if (limits.length === 0) report.add(row);
  for (const [index, limit] of limits.entries()) {
    const theirs = sides.get(limit) ?? [];
    report.add({
      ...row,
      ...(index > 0 && { measure: `${row.measure}, against ${limitNames[limit]}` }),
      limit: { name: limitNames[limit], value: described(theirs) },
      ratio: `${share(speed(ours), speed(theirs))}, p99 ${times(tail(ours, 99), tail(theirs, 99))}`,
      ...(index === 0 && target && { target }),
    });
  }
  report.note(
    `${name}: ${errors([...sides.values()].flat())}, CPU in µs for each request: ` +
      [...sides].map(([side, measured]) => `${side} (${costs(measured)})`).join(', '),
  );
}

const startRaw = (stand: Stand): Promise<Program> =>
  startProgram({
    args: ['--import', 'tsx', join(import.meta.dirname, '../raw-server.ts')],
    env: {
      NODE_ENV: 'production',
      IMI_DATABASE_URL: stand.databaseUrl,
      IMI_DATABASE_POOL_SIZE: String(poolSize),
    },
    isReady: (line) => line.startsWith('{"raw"'),
  });

async function answersAlike(imiUrl: string, rawUrl: string, path: string): Promise<void> {
  const [ours, theirs] = await Promise.all(
    [imiUrl, rawUrl].map(async (url) => (await fetch(`${url}/api/v1${path}`)).text()),
  );
  if (!isDeepStrictEqual(JSON.parse(ours ?? ''), JSON.parse(theirs ?? ''))) {
    const [one, other] = [ours, theirs].map((text) => text?.slice(0, 500));
    throw new Error(`${path}: iMi answers ${one}, ${rawUrl} ${other}`);
  }
}
