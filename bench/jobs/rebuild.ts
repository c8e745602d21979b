import { join } from 'node:path';
import { liveSchema } from '../../src/projections/tables.ts';
import { fillEventStore } from '../history/fill.ts';
import type { Job } from '../job.ts';
import { emmettRebuild } from '../peers/emmett-rebuilt.ts';
import { projectorCatchUp, runProjections } from '../projections.ts';
import { type Quantity, rate, share, times, written } from '../quantity.ts';
import { rawRead } from '../raw-read.ts';
import { startEventStore } from '../stand.ts';
import { perSecond, repeated } from '../stats.ts';
import { upsertLimit } from '../upsert-limit.ts';
import { watchProcesses } from '../watch-processes.ts';

const events = Number(process.env.IMI_BENCH_EVENTS ?? 100_000);
/** As many as the projector takes at once. */
const batch = 4_000;

/** A long history into the read models: by the live projector, and by a rebuild, which is verified. */
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
    ['imi', 'cli/imi.js projections'],
    ['event store', 'event-store/serve.js'],
    ['PostgreSQL', 'postgres: '],
  ] as const;
  const watches = programs.map(([name, text]) => ({ name, watch: watchProcesses(text) }));
  const rebuilt = await repeated(runs, () => runProjections(stores, 'rebuild'));
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
  for (const line of atTenths(rebuilt.at(-1)?.lines ?? [])) report.note(line);
  const emmett = rate([await emmettRebuild(stand.databaseUrl)], 'events/s');
  report.add({
    ...{ measure: 'imi projections rebuild, against emmett', value: [whole] },
    ...{ limit: { name: 'emmett, rebuild', value: [emmett] }, ratio: times(whole, emmett) },
    target: '≥ 7 ×',
  });
  const watch = watchProcesses('cli/imi.js projections');
  const verified = await runProjections(stores, 'verify');
  report.note(
    `verify, ${Math.round(verified.ms / 1000)} s, ${Math.round(watch.stop().memoryMb)} MB: ` +
      `${verified.lines.at(-1)}`,
  );
  await eventStore.stop();
};

/** What a rebuild said at the beginning, in the middle and near its end. */
const atTenths = (lines: readonly string[]): string[] =>
  [10, 50, 90].flatMap(
    (least) => lines.find((line) => Number(/(\d+) %/.exec(line)?.[1]) >= least) ?? [],
  );
