import { Bus } from '../bus.ts';
import type { GitStates } from '../git-states.ts';
import { startOnStand } from '../imi.ts';
import type { Bench } from '../job.ts';
import { latency } from '../quantity.ts';
import { repeated } from '../stats.ts';
import { startWork } from '../work.ts';
import { Growth } from './growth.ts';

/** How many work items there are of each length: fewer where each is long. */
const lengths = [
  { events: 1, items: 50 },
  { events: 100, items: 10 },
  { events: 1_000, items: 4 },
  { events: 10_000, items: 1 },
] as const;

const commands = 50;

/** What a command costs against how much has happened to its work item. */
export async function lengthsOfStreams({ stand, report, runs }: Bench): Promise<void> {
  const growth = new Growth(report, {
    title: 'A command over Bloodbank, one at a time, against the length of its stream',
    across: 'events of the work item',
    labels: ['p50'],
  });
  const bus = await Bus.connect(stand.rabbitUrl);
  let imi = await startOnStand(stand);
  const others = (await startWork(bus, commands)).states;
  const streams: { readonly events: number; readonly states: GitStates }[] = [];
  for (const { events, items } of lengths) {
    const { states } = await startWork(bus, items);
    const growing = Array.from({ length: (events - 1) * items }, () => states.next());
    await Promise.all(growing.map((state) => bus.ask('update_git_state', state)));
    streams.push({ events, states });
  }

  for (const { events, states } of streams) {
    await timesOf(bus, states, commands);
    const runsOfIt = await repeated(runs, () => timesOf(bus, states, commands));
    add('in memory', 'known to the service', events, runsOfIt);
  }
  const restarts = await repeated(runs, async () => {
    await imi.stop();
    imi = await startOnStand(stand);
    await timesOf(bus, others, commands);
    const times = [];
    for (const { states } of streams) {
      times.push(await timesOf(bus, states, Math.min(states.items.length, 10)));
    }
    return times;
  });
  for (const [index, { events }] of streams.entries()) {
    const runsOfIt = restarts.map((times) => times[index] ?? []);
    add('from its stream', 'the first since the service was started', events, runsOfIt);
  }
  growth.draw();
  await bus.close();
  await imi.stop();

  function add(series: string, inWords: string, events: number, results: number[][]): void {
    growth.add({
      measure: `Command on a work item of ${events.toLocaleString('en')} events, ${inWords}`,
      series,
      size: events,
      value: latency(results),
    });
  }
}

/** Milliseconds from publishing a command until it is answered, one command after the other. */
async function timesOf(bus: Bus, states: GitStates, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startedAt = performance.now();
    await bus.ask('update_git_state', states.next());
    times.push(performance.now() - startedAt);
  }
  return times;
}
