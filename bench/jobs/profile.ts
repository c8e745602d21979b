import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Bus } from '../bus.ts';
import { driven, latencies, throughput } from '../driven.ts';
import { HttpWrites } from '../http-writes.ts';
import { type Imi, startOnStand } from '../imi.ts';
import { Load } from '../load.ts';
import { rate, written } from '../quantity.ts';
import { readProfile } from '../read-profile.ts';
import { sourcesOf } from '../sources.ts';
import { type Stand, startStand } from '../stand.ts';
import { startWork } from '../work.ts';

const prefetch = 256;
const rounds = 40;

/** Writes CPU profiles of the service and the event store under load, and what stands out in them. */
export async function profile(results: string, door: string): Promise<void> {
  const folder = join(results, 'profile');
  await rm(folder, { recursive: true, force: true });
  const args = async (name: string) => {
    await mkdir(join(folder, name), { recursive: true });
    return ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${join(folder, name)}`];
  };
  const stand = await startStand({ eventStoreArgs: await args('event-store') });
  const sources = await sourcesOf(dirname(stand.compiled));
  try {
    const settings = { IMI_PREFETCH: String(prefetch) };
    const imi = await startOnStand(stand, settings, await args('service'));
    const said = await (door === 'http' ? overHttp(stand, imi) : overBloodbank(stand, imi));
    process.stdout.write(`${said} under the profiler\n`);
    await imi.stop();
  } finally {
    await stand.close();
  }
  for (const name of ['service', 'event-store']) {
    for (const file of await readdir(join(folder, name))) {
      process.stdout.write(
        `\n── ${name}\n${await readProfile(join(folder, name, file), sources)}\n`,
      );
    }
  }
}

async function overBloodbank(stand: Stand, imi: Imi): Promise<string> {
  const load = await Load.prepare(stand);
  const { settled } = await load.run(imi, rounds, prefetch);
  await load.close();
  return written(rate([settled]));
}

async function overHttp(stand: Stand, imi: Imi): Promise<string> {
  const bus = await Bus.connect(stand.rabbitUrl);
  const writes = new HttpWrites(imi.url, await startWork(bus, 500));
  const result = [await driven(() => writes.updateGitState())];
  writes.close();
  await bus.close();
  return [throughput(result), ...latencies(result)].map(written).join(', ');
}
