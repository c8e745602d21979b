import { Bus } from '../bus.ts';
import { countCpu } from '../cpu-use.ts';
import { type Driving, driven, latencies } from '../driven.ts';
import { HttpClient } from '../http-client.ts';
import { HttpWrites } from '../http-writes.ts';
import { startOnStand } from '../imi.ts';
import type { Bench } from '../job.ts';
import { poolOf } from '../pool.ts';
import { milliseconds } from '../quantity.ts';
import { repeated } from '../stats.ts';
import { startWork } from '../work.ts';
import { activeItems, fill, type Size } from './fill.ts';
import { Growth } from './growth.ts';
import { reads, someEntities } from './reads.ts';

const sizes: readonly Size[] = [
  { projects: 1_000, workItems: 5_000 },
  { projects: 10_000, workItems: 50_000 },
];
// Takes minutes to fill.
const largest: Size = { projects: 100_000, workItems: 1_000_000 };

const seconds = 2;
const warmUp = 1;

/** What is read and written over HTTP, against how much the read models hold. */
export async function sizesOfReadModels({ stand, report, runs, ...bench }: Bench): Promise<void> {
  const imi = await startOnStand(stand);
  const bus = await Bus.connect(stand.rabbitUrl);
  const pool = poolOf(stand, 1);
  const client = new HttpClient(imi.url);
  const growth = new Growth(report, {
    title: 'Requests over HTTP, 50 connections, against the size of the read models',
    across: 'work items',
    labels: ['p95', 'CPU'],
  });
  for (const size of bench.largest ? [...sizes, largest] : sizes) {
    const filledAt = performance.now();
    await fill(pool, size);
    const filling = Math.round((performance.now() - filledAt) / 1000);
    report.note(`${inWords(size)}, ${activeItems} of them active: rows put there in ${filling} s`);
    const entities = await someEntities(pool);
    for (const { name, path, target } of reads) {
      let asked = 0;
      const read = async () => {
        const entity = entities[asked % entities.length];
        asked += 1;
        if (entity) await client.get(`/api/v1${path(entity)}`);
      };
      await measure(`GET ${name}`, size, read, { target });
    }
    const writes = new HttpWrites(imi.url, await startWork(bus, 500));
    const write = () => writes.updateGitState();
    await measure('PATCH git state, 100/s', size, write, { offered: 100, target: 'p95 ≤ 50 ms' });
    writes.close();
  }
  growth.draw();
  client.close();
  await pool.end();
  await bus.close();
  await imi.stop();

  async function measure(
    series: string,
    size: Size,
    request: () => Promise<void>,
    { target, ...driving }: Driving & { readonly target?: string | undefined },
  ): Promise<void> {
    await driven(request, { ...driving, seconds: warmUp });
    const results = await repeated(runs, async () => {
      const used = await countCpu();
      const run = await driven(request, { ...driving, seconds });
      const { cpu } = await used(run.latencies.length);
      return { ...run, cpu: (cpu.get('iMi') ?? 0) + (cpu.get('PostgreSQL') ?? 0) };
    });
    const cpu = milliseconds(results.map((run) => run.cpu));
    growth.add({
      measure: `${series}, 50 connections: ${inWords(size)}`,
      series,
      size: size.workItems,
      value: [...latencies(results, 95), { ...cpu, label: 'CPU' }],
      ...(target && { target }),
    });
  }
}

const inWords = ({ projects, workItems }: Size): string =>
  `${projects.toLocaleString('en')} projects, ${workItems.toLocaleString('en')} work items`;
