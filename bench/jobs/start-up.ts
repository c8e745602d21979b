import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startProgram } from '../../test/support/program.ts';
import { type Imi, startEmbedded, startOnStand } from '../imi.ts';
import type { Job } from '../job.ts';
import { megabytes, milliseconds } from '../quantity.ts';
import { repeated } from '../stats.ts';

const idleMs = 3_000;

/** Time until iMi is ready, and the memory it takes when it has nothing to do. */
export const startUp: Job = async ({ stand, report, runs }) => {
  const folder = (run: number | string) => join(stand.folder, `embedded-${run}`);
  const bare = milliseconds(await repeated(runs, bareNode));
  const limit = { name: 'Node alone', value: [bare] };
  const row = (measure: string, values: Measured[], target?: string) =>
    report.add({
      measure: `Ready: ${measure}`,
      value: [milliseconds(values.map(({ readyMs }) => readyMs))],
      limit,
      ...(target && { target }),
      panel: 'Ready',
      drawnAs: measure,
    });
  const memory = (measure: string, values: Measured[], target?: string) =>
    report.add({
      measure: `Memory when idle: ${measure}`,
      value: [megabytes(values.map(({ memoryMb }) => memoryMb))],
      ...(target && { target }),
      panel: 'Memory when idle',
      drawnAs: measure,
    });

  const cold = await repeated(runs, (run) => measured(startEmbedded(folder(run))));
  row('all embedded, from sources, new folder', cold);
  const warm = await repeated(runs, () => measured(startEmbedded(folder(0))));
  row('all embedded, from sources, warm', warm, '≤ 5 s');
  const compiled = () => startEmbedded(folder(0), stand.compiled);
  const warmCompiled = await repeated(runs, () => measured(compiled(), idleMs));
  row('all embedded, compiled, warm', warmCompiled, '≤ 5 s');
  const first = await measured(startOnStand(stand));
  row('compiled, on empty servers', [first]);
  const onServers = await repeated(runs, () => measured(startOnStand(stand), idleMs));
  row('compiled, on warm servers', onServers, '≤ 500 ms');
  memory('all embedded, compiled (without PostgreSQL)', warmCompiled);
  memory('compiled, on servers', onServers, '≤ 120 MB');
};

interface Measured {
  readonly readyMs: number;
  readonly memoryMb: number;
}

async function measured(starting: Promise<Imi>, idle = 0): Promise<Measured> {
  const imi = await starting;
  await delay(idle);
  const memoryMb = await imi.memory();
  await imi.stop();
  return { readyMs: imi.readyMs, memoryMb };
}

async function bareNode(): Promise<number> {
  const args = ['-e', 'console.log("ready"); setTimeout(() => {}, 1e5)'];
  const node = await startProgram({ args, isReady: (line) => line === 'ready' });
  await node.stop();
  return node.readyMs;
}
