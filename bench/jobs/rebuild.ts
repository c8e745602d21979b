import { join } from 'node:path';
import { liveSchema } from '../../src/projections/tables.ts';
import { fillEventStore } from '../history/fill.ts';
import type { Job } from '../job.ts';
import { projectorCatchUp, rebuildOnce } from '../projections.ts';
import { type Quantity, rate, share } from '../quantity.ts';
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
      `${Math.round(perSecond(events, filled - filling)).toLocaleString('en')} events/s; ` +
      `the event store opened them in ${Math.round(eventStore.readyMs)} ms`,
  );
  const stores = { ...stand, eventStoreUrl: eventStore.url };
  const source = rate(await repeated(runs, () => rawRead(eventStore.url, events)), 'events/s');
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
  const written = rate([await upsertLimit(stand.databaseUrl, liveSchema, batch)], 'events/s');
  const row = (measure: string, value: Quantity, limit: [string, Quantity], target?: string) =>
    report.add({
      ...{ measure, value: [value], limit: { name: limit[0], value: [limit[1]] } },
      ratio: share(value, limit[1]),
      ...(target && { target }),
      panel: `${events.toLocaleString('en')} events into the read models`,
      drawnAs: measure,
    });
  const upsert: [string, Quantity] = ['upsert of the same rows', written];
  row('Catch-up of the projector, from nothing', live, upsert, '≥ 80 %');
  row('imi projections rebuild, whole', whole, upsert, '≥ 80 %, ≥ 20,000 events/s');
  row('imi projections rebuild, whole', whole, ['the client reading', source]);
  const cpu = usage.map(
    ({ name, cpuMs, memoryMb }) =>
      `${name} ${((1000 * cpuMs) / (events * runs)).toFixed(1)} µs and ${Math.round(memoryMb)} MB`,
  );
  report.note(`rebuild: CPU for each event, and memory at most: ${cpu.join(', ')}`);
  for (const line of rebuilt.at(-1)?.progress ?? []) report.note(line);
  await eventStore.stop();
};
