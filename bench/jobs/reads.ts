import { join } from 'node:path';
import { type Program, startProgram } from '../../test/support/program.ts';
import { type Filled, fillReadModels } from '../fill-read-models.ts';
import { startOnStand } from '../imi.ts';
import type { Job } from '../job.ts';
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
import type { Stand } from '../stand.ts';
import { createV2Functions } from '../v2-functions.ts';

const poolSize = 4;
const rawTarget = '≥ 75 %, p99 ≤ 1.6 ×';

interface Question {
  readonly name: string;
  readonly target?: string;
  readonly limit?: 'raw' | 'v2 function';
  readonly path: (index: number) => string;
}

const each = (values: readonly string[], index: number): string =>
  encodeURIComponent(values[index % values.length] ?? '');

const questions = (filled: Filled): readonly Question[] => [
  {
    ...{ name: 'project by id', limit: 'raw', target: rawTarget },
    path: (index) => `/projects/${each(filled.projectIds, index)}`,
  },
  {
    ...{ name: 'project by origin', limit: 'raw', target: rawTarget },
    path: (index) => `/projects/by-origin?remote_origin=${each(filled.origins, index)}`,
  },
  {
    ...{ name: 'path', limit: 'raw', target: rawTarget },
    path: (index) => `/projects/${each(filled.projectIds, index)}/path`,
  },
  { name: 'work item by id', path: (index) => `/work/${each(filled.workItemIds, index)}` },
  {
    ...{ name: 'in flight', limit: 'v2 function', target: '≥ 100 %, p95 ≤ 12.5 ms' },
    path: (index) => `/work/inflight?project_id=${each(filled.projectIds, index)}`,
  },
  {
    ...{ name: 'search', limit: 'v2 function', target: '≥ 100 %' },
    path: (index) => `/projects?limit=20&search=${each(filled.searches, index)}`,
  },
  {
    ...{ name: 'trace', limit: 'v2 function', target: '≥ 100 %, p95 ≤ 25 ms' },
    path: (index) => `/trace/ticket/${each(filled.tickets, index)}`,
  },
];

/** Reads over HTTP on 50 connections, in turn with their limits; then on more and more. */
export const reads: Job = async (bench) => {
  const { stand, report, runs } = bench;
  const imi = await startOnStand(stand, { IMI_DATABASE_POOL_SIZE: String(poolSize) });
  const pool = poolOf(stand, 2);
  const filled = await fillReadModels(pool);
  await createV2Functions(pool);
  await pool.end();
  const raw = await startRaw(stand);
  const urls: { readonly raw: string; readonly v2: string } = JSON.parse(raw.readyLine);
  for (const question of questions(filled)) {
    const limitUrl = question.limit === 'raw' ? urls.raw : urls.v2;
    if (question.limit === 'raw') await answersAlike(imi.url, limitUrl, question.path(7));
    const sides: Record<'imi' | 'raw', Measured[]> = { imi: [], raw: [] };
    for (let run = -1; run < runs; run += 1) {
      for (const side of ['imi', 'raw'] as const) {
        if (side === 'raw' && question.limit === undefined) continue;
        const url = side === 'imi' ? imi.url : limitUrl;
        const measured = await measure(url, asking(50, question.path, run < 0 ? 1 : seconds));
        if (run >= 0) sides[side].push(measured);
      }
    }
    const [ours, theirs] = [sides.imi, sides.raw];
    report.add({
      measure: `GET ${question.name}, 50 connections`,
      value: described(ours),
      ...(question.limit && {
        limit: { name: question.limit, value: described(theirs) },
        ratio: `${share(speed(ours), speed(theirs))}, p99 ${times(tail(ours, 99), tail(theirs, 99))}`,
      }),
      ...(question.target && { target: question.target }),
    });
    report.note(
      `${question.name}: ${errors([...ours, ...theirs])}, ` +
        `CPU in µs for each request: iMi ${costs(ours)}; limit ${costs(theirs)}`,
    );
  }
  await withMoreAgents(bench, imi, filled);
  await raw.stop();
  await imi.stop();
};

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
  if (ours !== theirs) throw new Error(`${path}: iMi answers ${ours}, the raw server ${theirs}`);
}
