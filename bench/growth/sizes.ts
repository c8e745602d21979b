import { Bus } from '../bus.ts';
import { type Driven, driven, latencies } from '../driven.ts';
import { HttpClient } from '../http-client.ts';
import { HttpWrites } from '../http-writes.ts';
import { startOnStand } from '../imi.ts';
import type { Bench } from '../job.ts';
import { poolOf } from '../pool.ts';
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
export async function sizesOfReadModels(bench: Bench): Promise<void> {
  const { stand, report, runs } = bench;
  const imi = await startOnStand(stand);
  const bus = await Bus.connect(stand.rabbitUrl);
  const pool = poolOf(stand, 1);
  const client = new HttpClient(imi.url);
  const growth = new Growth(report, {
    title: 'Latency over HTTP, 50 connections, against the size of the read models',
    across: 'work items',
    label: 'p95',
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
      await driven(read, { seconds: warmUp });
      const results = await repeated(runs, () => driven(read, { seconds }));
      add(`GET ${name}, 50 connections`, name, size, results, target);
    }
    const writes = new HttpWrites(imi.url, await startWork(bus, 500));
    const write = () => writes.updateGitState();
    await driven(write, { seconds: warmUp });
    const results = await repeated(runs, () => driven(write, { seconds, offered: 100 }));
    add('PATCH git state, 100/s', 'PATCH git state', size, results, 'p95 ≤ 50 ms');
    writes.close();
  }
  growth.draw();
  client.close();
  await pool.end();
  await bus.close();
  await imi.stop();

  function add(
    measure: string,
    series: string,
    size: Size,
    results: readonly Driven[],
    target?: string,
  ): void {
    growth.add({
      measure: `${measure}: ${inWords(size)}`,
      series,
      size: size.workItems,
      value: latencies(results, 95),
      ...(target && { target }),
    });
  }
}

const inWords = ({ projects, workItems }: Size): string =>
  `${projects.toLocaleString('en')} projects, ${workItems.toLocaleString('en')} work items`;
