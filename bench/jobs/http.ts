import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { Bus } from '../bus.ts';
import { driven, summary } from '../driven.ts';
import { HttpWrites } from '../http-writes.ts';
import { startOnStand } from '../imi.ts';
import type { Job } from '../job.ts';
import { latency, rate, share } from '../report.ts';
import { callFunction, createFunction } from '../sql-function.ts';
import { repeated } from '../stats.ts';
import { Work } from '../work.ts';

/** Writes over HTTP by 50 clients, each answered when the read model shows it. */
export const http: Job = async ({ stand, report, runs }) => {
  const imi = await startOnStand(stand);
  const bus = await Bus.connect(stand.rabbitUrl);
  const writes = new HttpWrites(imi.url, await Work.start(bus, 500));
  const pool = new Pool({ connectionString: stand.databaseUrl, max: 4 });
  await createFunction(pool);

  const patch = () => writes.updateGitState();
  const keyed = () => writes.updateGitState({ 'idempotency-key': randomUUID() });
  await driven(patch);
  await driven(() => callFunction(pool));
  const limit = summary(await repeated(runs, () => driven(() => callFunction(pool))));
  report.add({
    measure: 'HTTP PATCH git state, 50 clients that offer 500/s together',
    value: latency(summary(await repeated(runs, () => driven(patch, 500)))),
    target: 'p50 ≤ 10 ms, p99 ≤ 50 ms',
  });
  for (const [name, write] of [
    ['PATCH git state', patch],
    ['PATCH git state with Idempotency-Key', keyed],
    ['POST work', () => writes.startWork()],
  ] as const) {
    const value = summary(await repeated(runs, () => driven(write)));
    report.add({
      measure: `HTTP ${name}, 50 clients without a pause`,
      value: `${rate(value.perSecond)}, ${latency(value)}`,
      limit: `${rate(limit.perSecond, 'calls/s')}, ${latency(limit)} (SQL function, node-pg)`,
      ratio: share(value.perSecond, limit.perSecond),
      target: '≥ 50 %',
    });
  }
  writes.close();
  await pool.end();
  await bus.close();
  await imi.stop();
};
