import { randomUUID } from 'node:crypto';
import { Bus } from '../bus.ts';
import { driven, latencies, throughput } from '../driven.ts';
import { GitStates } from '../git-states.ts';
import { HttpWrites } from '../http-writes.ts';
import { startOnStand } from '../imi.ts';
import type { Job } from '../job.ts';
import { poolOf } from '../pool.ts';
import { share } from '../quantity.ts';
import { addWorktrees, callFunction, createFunction } from '../sql-function.ts';
import { repeated } from '../stats.ts';
import { startWork } from '../work.ts';

/** Writes over HTTP by 50 clients, each answered when the read model shows it. */
export const http: Job = async ({ stand, report, runs }) => {
  const imi = await startOnStand(stand);
  const bus = await Bus.connect(stand.rabbitUrl);
  const writes = new HttpWrites(imi.url, await startWork(bus, 500));
  const pool = poolOf(stand, 4);
  await createFunction(pool);
  const worktrees = GitStates.ofNew(500);
  await addWorktrees(pool, worktrees.items);
  const call = () => callFunction(pool, worktrees.next());

  const patch = () => writes.updateGitState();
  const keyed = () => writes.updateGitState({ 'idempotency-key': randomUUID() });
  await driven(patch);
  await driven(call);
  const alone = await repeated(runs, () => driven(call));
  const limit = throughput(alone, 'calls/s');
  report.add({
    measure: 'HTTP PATCH git state, 50 clients that offer 500/s together',
    value: latencies(await repeated(runs, () => driven(patch, { offered: 500 }))),
    target: 'p50 ≤ 10 ms, p99 ≤ 50 ms',
  });
  for (const [name, write] of [
    ['PATCH git state', patch],
    ['PATCH git state with Idempotency-Key', keyed],
    ['POST work', () => writes.startWork()],
  ] as const) {
    const results = await repeated(runs, () => driven(write));
    const value = throughput(results, 'calls/s');
    report.add({
      measure: `HTTP ${name}, 50 clients without a pause`,
      value: [value, ...latencies(results)],
      limit: { name: 'SQL function, node-pg', value: [limit, ...latencies(alone)] },
      ratio: share(value, limit),
      target: '≥ 50 %',
    });
  }
  writes.close();
  await pool.end();
  await bus.close();
  await imi.stop();
};
