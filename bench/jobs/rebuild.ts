import { join } from 'node:path';
import { liveSchema } from '../../src/projections/tables.ts';
import { fillEventStore } from '../history/fill.ts';
import type { Job } from '../job.ts';
import { projectorCatchUp, rebuildOnce } from '../projections.ts';
import { type Quantity, rate, share, written } from '../quantity.ts';
import { rawRead } from '../raw-read.ts';
import { startEventStore } from '../stand.ts';
import { perSecond, repeated } from '../stats.ts';
import { upsertLimit } from '../upsert-limit.ts';
import { watchProcesses } from '../watch-processes.ts';

const events = Number(process.env.IMI_BENCH_EVENTS ?? 100_000);
/** As many as the rebuild takes at once. */
const batch = 2_000;

/** A long history into the read models: by the live projector, and by a rebuild. */
export const rebuild: Job = async ({ stand, report, runs }) => {
  const folder = join(stand.folder, 'history');
  const filling = performance.now();
  await fillEventStore(join(folder, 'eventstore'), events);
  const filled = performance.now();
  const eventStore = await startEventStore(stand.compiled, folder);
  report.note(
    `${events.toLocaleString('en')} events written at ` +
      `${written(rate([perSecond(events, filled - filling)], 'events/s'))}; ` +
      `the event store opened them in ${Math.round(eventStore.readyMs)} ms`,
  );
  const stores = { ...stand, eventStoreUrl: eventStore.url };
  const source = await repeated(runs, () => rawRead(eventStore.url, events));
  const live = rate([await projectorCatchUp(stores, events)], 'events/s');

  const programs = [
    ['imi', 'projections rebuild'],
    ['event store', 'event-store/serve.js'],
    ['PostgreSQL', 'postgres: '],
  ] as const;
  const watches = programs.map(([name, text]) => ({ name, watch: watchProcesses(text) }));
  const rebuilt = await repeated(runs, () => rebuildOnce(stores));
  const usage = watches.map(({ name, watch }) => ({ name, ...watch.stop() }));
  const whole = rate(
    rebuilt.map(({ ms }) => perSecond(events, ms)),
    'events/s',
  );
  const upsert = rate([await upsertLimit(stand.databaseUrl, liveSchema, batch)], 'events/s');

  report.note(`the client alone reads ${written(rate(source, 'events/s'))}`);
  const row = (measure: string, value: Quantity, target: string) =>
    report.add({
      ...{ measure, value: [value], limit: { name: 'upsert', value: [upsert] }, target },
      ratio: share(value, upsert),
    });
  row('Catch-up of the projector, from nothing', live, '≥ 80 % of the upsert');
  row('imi projections rebuild, from its start to its end', whole, '≥ 80 %, ≥ 20,000 events/s');
  const cpu = usage.map(
    ({ name, cpuMs, memoryMb }) =>
      `${name} ${((1000 * cpuMs) / (events * runs)).toFixed(1)} µs and ${Math.round(memoryMb)} MB`,
  );
  report.note(`rebuild: CPU for each event, and memory at most: ${cpu.join(', ')}`);
  for (const line of rebuilt.at(-1)?.progress ?? []) report.note(line);
  await eventStore.stop();
};
