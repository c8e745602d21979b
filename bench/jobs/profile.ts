import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startOnStand } from '../imi.ts';
import { Load } from '../load.ts';
import { readProfile } from '../read-profile.ts';
import { rate } from '../report.ts';
import { startStand } from '../stand.ts';

const prefetch = 256;
const rounds = 40;

/** Writes CPU profiles of the service and the event store under commands, and what stands out in them. */
export async function profile(results: string): Promise<void> {
  const folder = join(results, 'profile');
  await rm(folder, { recursive: true, force: true });
  const args = async (name: string) => {
    await mkdir(join(folder, name), { recursive: true });
    return ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${join(folder, name)}`];
  };
  const stand = await startStand({ eventStoreArgs: await args('event-store') });
  try {
    const settings = { IMI_PREFETCH: String(prefetch) };
    const imi = await startOnStand(stand, settings, await args('service'));
    const load = await Load.prepare(stand);
    const run = await load.run(imi, rounds, prefetch);
    process.stdout.write(`${rate(run.settled)} under the profiler\n`);
    await load.close();
    await imi.stop();
  } finally {
    await stand.close();
  }
  for (const name of ['service', 'event-store']) {
    for (const file of await readdir(join(folder, name))) {
      process.stdout.write(`\n── ${name}\n${await readProfile(join(folder, name, file))}\n`);
    }
  }
}
