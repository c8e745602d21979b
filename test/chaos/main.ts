import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { removeLeftFolders } from '../services/test-folder.ts';
import { faultsWith } from './faults.ts';
import { runChaos } from './run.ts';
import { layouts } from './stand.ts';

const figuresFolder = 'test/chaos/figures';

/** `npm run chaos -- --kills 200 --seed 7`: the long run; writes figures and logs to a folder. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '200' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
      lanes: { type: 'string', default: '3' },
      senders: { type: 'string', default: '12' },
    },
  });
  const [kills, seed] = [Number(values.kills), Number(values.seed)];
  if (!Number.isInteger(kills) || kills < 0 || !Number.isInteger(seed)) {
    throw new Error('--kills takes a number from 0, --seed a whole number');
  }
  await removeLeftFolders();
  const logFolder = join(figuresFolder, String(seed));
  await mkdir(logFolder, { recursive: true });
  process.stdout.write(`seed ${seed}, ${kills} kills\n`);
  const { figures, broken } = await runChaos({
    seed,
    layout: layouts.long,
    faults: (shares, random) => faultsWith(kills, shares, random),
    lanes: Number(values.lanes),
    lanePauseMs: 1_500,
    senders: Number(values.senders),
    senderPauseMs: 300,
    settleMs: 180_000,
    logFolder,
    onProgress: (faults, of) => {
      if (faults % 25 === 0) process.stdout.write(`${faults} of ${of} faults\n`);
    },
  });
  for (const [name, value] of Object.entries(figures)) {
    process.stdout.write(`${name.padEnd(32)}${String(value).padStart(10)}\n`);
  }
  for (const what of broken) process.stdout.write(`BROKEN  ${what}\n`);
  const file = join(logFolder, 'figures.json');
  await writeFile(file, `${JSON.stringify({ figures, broken }, null, 2)}\n`);
  process.stdout.write(`${file}\n`);
  if (broken.length > 0) process.exitCode = 1;
}

await main();
