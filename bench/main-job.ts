import { resolve } from 'node:path';
import type { Job } from './job.ts';
import { appends } from './jobs/appends.ts';
import { commands } from './jobs/commands.ts';
import { growth } from './jobs/growth.ts';
import { http } from './jobs/http.ts';
import { latencies } from './jobs/latencies.ts';
import { peers } from './jobs/peers.ts';
import { profile } from './jobs/profile.ts';
import { reads } from './jobs/reads.ts';
import { rebuild } from './jobs/rebuild.ts';
import { startUp } from './jobs/start-up.ts';
import { steady } from './jobs/steady.ts';
import { Report } from './report.ts';
import { startStand } from './stand.ts';

const jobs: Readonly<Record<string, Job>> = {
  'start-up': startUp,
  appends,
  commands,
  peers,
  latencies,
  http,
  reads,
  rebuild,
  growth,
  steady,
};
const results = resolve(import.meta.dirname, 'results');

/**
 * `npm run bench` measures everything; `npm run bench -- commands http` only that;
 * `npm run bench -- profile [http]` shows where the time of a command goes. IMI_BENCH_RUNS: how often
 * each measure is taken, default 3; IMI_BENCH_EVENTS: length of the history to rebuild from, default
 * 100,000; IMI_BENCH_LARGEST=1: `growth` up to a million work items; IMI_BENCH_MINUTES: how long
 * `steady` goes on, default 2.
 */
async function main(): Promise<void> {
  const asked = process.argv.slice(2);
  if (asked[0] === 'profile') return profile(results, asked[1] ?? 'bloodbank');
  const unknown = asked.find((name) => !Object.hasOwn(jobs, name));
  if (unknown) throw new Error(`No job '${unknown}'; there are: ${Object.keys(jobs).join(', ')}`);
  const runs = Number(process.env.IMI_BENCH_RUNS ?? 3);
  const largest = process.env.IMI_BENCH_LARGEST === '1';
  const minutes = Number(process.env.IMI_BENCH_MINUTES ?? 2);
  const report = new Report();
  // Not one stand for all: what one job has stored is not to weigh on the next.
  for (const name of asked.length > 0 ? asked : Object.keys(jobs)) {
    const stand = await startStand();
    try {
      process.stdout.write(`\n── ${name}\n`);
      await jobs[name]?.({ stand, report, runs, largest, minutes });
    } catch (error) {
      // The rest is worth knowing all the same.
      report.note(`${name} came to no end: ${(error as Error).message.split('\n')[0]}`);
      process.stderr.write(`${(error as Error).stack}\n`);
      process.exitCode = 1;
    } finally {
      await stand.close();
    }
  }
  process.stdout.write(`\nWritten to ${(await report.write(results)).join(' and ')}\n`);
}

await main();
