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
  // Not counted: V8 takes tens of thousands of them until it has compiled what they need.
  await driven(patch, { seconds: 20 });
  await driven(call);
  const alone = await repeated(runs, () => driven(call));
  const limit = throughput(alone, 'calls/s');
  const peer = 'SQL function, node-pg';
  const offered = (what: () => Promise<void>) =>
    repeated(runs, () => driven(what, { offered: 500 }));
  report.add({
    measure: 'HTTP PATCH git state, 50 clients that offer 500/s together',
    value: latencies(await offered(patch)),
    limit: { name: peer, value: latencies(await offered(call)) },
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
      limit: { name: peer, value: [limit, ...latencies(alone)] },
      ratio: share(value, limit),
      target: '≥ 50 %',
    });
  }
  writes.close();
  await pool.end();
  await bus.close();
  await imi.stop();
};
