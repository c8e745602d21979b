import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { Pool } from 'pg';
import { Bus } from '../bus.ts';
import { startOnStand } from '../imi.ts';
import type { Job } from '../job.ts';
import { latency, rate, share } from '../report.ts';
import { type Latency, latencyOf, median, perSecond, repeated } from '../stats.ts';
import { Work } from '../work.ts';

const clients = 50;
const seconds = 6;

/** Writes over HTTP, each answered when the read model shows it. */
export const http: Job = async ({ stand, report, runs }) => {
  const imi = await startOnStand(stand, { IMI_LOG_LEVEL: 'info' });
  const bus = await Bus.connect(stand.rabbitUrl);
  const work = await Work.start(bus, 500);
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const pool = new Pool({ connectionString: stand.databaseUrl, max: 4 });
  await createFunction(pool);

  const patch = (headers: Record<string, string> = {}) => {
    const { work_item_id, ahead_of_trunk } = work.next();
    const path = `/api/v1/work/${work_item_id}/git-state`;
    return send('PATCH', path, { ahead: ahead_of_trunk }, headers);
  };
  const kinds: readonly [string, () => Promise<void>][] = [
    ['PATCH git state', () => patch()],
    ['PATCH git state with Idempotency-Key', () => patch({ 'idempotency-key': randomUUID() })],
    ['POST work', () => send('POST', '/api/v1/work', startOf(work.projectId))],
  ];
  await driven(() => patch());
  await driven(() => callFunction(pool));
  const sql = await repeated(runs, () => driven(() => callFunction(pool)));
  const limit = summary(sql);
  const offered = await repeated(runs, () => driven(() => patch(), 500));
  report.add({
    measure: `HTTP PATCH git state, ${clients} clients that offer 500/s together`,
    value: latency(summary(offered)),
    target: 'p50 ≤ 10 ms, p99 ≤ 50 ms',
  });
  for (const [name, command] of kinds) {
    const value = summary(await repeated(runs, () => driven(command)));
    report.add({
      measure: `HTTP ${name}, ${clients} clients without a pause`,
      value: `${rate(value.perSecond)}, ${latency(value)}`,
      limit: `${rate(limit.perSecond, 'calls/s')}, ${latency(limit)} (SQL function, node-pg)`,
      ratio: share(value.perSecond, limit.perSecond),
      target: '≥ 50 %',
    });
  }
  agent.destroy();
  await pool.end();
  await bus.close();
  await imi.stop();

  function send(method: string, path: string, body: object, headers = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const text = JSON.stringify(body);
      const length = Buffer.byteLength(text);
      const sent = request(`${imi.url}${path}`, {
        method,
        agent,
        headers: { 'content-type': 'application/json', 'content-length': length, ...headers },
      });
      sent.once('error', reject);
      sent.once('response', (response) => {
        response.resume();
        // 202 would say that the read model was not waited for.
        if (response.statusCode === 200 || response.statusCode === 201)
          response.once('end', resolve);
        else reject(new Error(`${method} ${path} answered ${response.statusCode}`));
      });
      sent.end(text);
    });
  }
};

interface Driven {
  readonly perSecond: number;
  readonly latencies: number[];
}

/** `clients` at once, each without a pause, or all together `offered` times a second. */
async function driven(call: () => Promise<void>, offered?: number): Promise<Driven> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  const interval = offered === undefined ? 0 : (clients * 1000) / offered;
  const client = async (index: number) => {
    let dueAt = startedAt + (index / clients) * interval;
    while (performance.now() < startedAt + seconds * 1000) {
      const wait = dueAt - performance.now();
      if (interval > 0 && wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      const from = interval > 0 ? dueAt : performance.now();
      await call();
      latencies.push(performance.now() - from);
      dueAt += interval;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  return { perSecond: perSecond(latencies.length, performance.now() - startedAt), latencies };
}

const summary = (runs: readonly Driven[]): Latency & { readonly perSecond: number } => ({
  perSecond: median(runs.map((run) => run.perSecond)),
  ...latencyOf(runs.map((run) => run.latencies)),
});

const startOf = (project_id: string) => ({
  project_id,
  branch_name: `bench/${randomUUID()}`,
  work_type: 'feature',
  owner_id: 'ada',
});

/** What v2 did for the same: one function that updates the row and logs the activity. */
async function createFunction(pool: Pool): Promise<void> {
  await pool.query(`
    CREATE SCHEMA bench;
    CREATE TABLE bench.worktrees (
      id int PRIMARY KEY, ahead_of_trunk int NOT NULL, updated_at timestamptz NOT NULL);
    CREATE TABLE bench.activities (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(), worktree_id int NOT NULL,
      activity jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
    INSERT INTO bench.worktrees SELECT n, 0, now() FROM generate_series(1, 500) AS n;
    CREATE FUNCTION bench.update_worktree_git_state(p_id int, p_ahead int) RETURNS void AS $$
    BEGIN
      UPDATE bench.worktrees SET ahead_of_trunk = p_ahead, updated_at = now() WHERE id = p_id;
      IF NOT FOUND THEN RAISE EXCEPTION 'unknown worktree %', p_id; END IF;
      INSERT INTO bench.activities (worktree_id, activity)
        VALUES (p_id, jsonb_build_object('type', 'synced', 'ahead', p_ahead));
    END $$ LANGUAGE plpgsql`);
}

let calls = 0;

async function callFunction(pool: Pool): Promise<void> {
  calls += 1;
  const parameters = [1 + (calls % 500), calls];
  await pool.query('SELECT bench.update_worktree_git_state($1, $2)', parameters);
}
