import { Bus } from '../bus.ts';
import { HttpClient } from '../http-client.ts';
import { startOnStand } from '../imi.ts';
import type { Job } from '../job.ts';
import { pace } from '../pace.ts';
import { latency, megabytes, times } from '../quantity.ts';
import { until } from '../stats.ts';
import { startWork } from '../work.ts';

const commandsPerSecond = 50;
const readsPerSecond = 50;
const itemCount = 500;
const samples = 40;

/** Memory under a load that stays the same for so many minutes. */
export const steady: Job = async ({ stand, report, minutes }) => {
  const imi = await startOnStand(stand);
  const bus = await Bus.connect(stand.rabbitUrl);
  const http = new HttpClient(imi.url);
  const work = await startWork(bus, itemCount);
  const inFlight = `/inflight?project_id=${work.projectId}&limit=20`;
  const seconds = minutes * 60;
  const answered: number[] = [];
  const memory: (readonly [minutes: number, imi: number, eventStore: number])[] = [];
  const startedAt = performance.now();
  const sampling = setInterval(sample, (seconds * 1000) / samples);

  let waiting = 0;
  const waitFor = async (work: Promise<unknown>) => {
    waiting += 1;
    await work.finally(() => {
      waiting -= 1;
    });
  };
  const reads = pace(readsPerSecond, seconds, (index) => {
    const path = index % 2 ? `/${work.states.items[index % itemCount]}` : inFlight;
    void waitFor(http.get(`/api/v1/work${path}`).catch(failed));
  });
  await pace(commandsPerSecond, seconds, (_, dueAt) => {
    const asked = bus.ask('update_git_state', work.states.next());
    void waitFor(asked).then(() => answered.push(performance.now() - dueAt));
  });
  await reads;
  clearInterval(sampling);
  await until(() => waiting === 0, 'The last answer');

  const load = `${commandsPerSecond} commands/s and ${readsPerSecond} reads/s for ${minutes} minutes`;
  for (const [name, column] of [
    ['Memory', 1],
    ['Memory of the embedded event store', 2],
  ] as const) {
    // The first quarter holds what fills once: caches, compiled code, the heap's own pace.
    const part = (from: number, to: number) =>
      megabytes(
        memory.slice(memory.length * from, memory.length * to).map((taken) => taken[column]),
      );
    const [second, last] = [part(0.25, 0.5), part(0.75, 1)];
    report.add({
      measure: `${name} under ${load}: second quarter, last quarter`,
      value: [
        { ...second, label: 'second' },
        { ...last, label: 'last' },
      ],
      ratio: times(last, second),
      ...(column === 1 && { target: 'flat' }),
      panel: null,
    });
  }
  report.add({
    measure: `Command published → answered, under ${load}`,
    value: latency([answered]),
    panel: null,
  });
  report.addCurves({
    title: `Memory under ${load}`,
    across: 'minutes',
    up: 'MB',
    series: [
      { name: 'iMi', points: memory.map(([at, size]) => [at, size]) },
      { name: 'event store', points: memory.map(([at, , size]) => [at, size]) },
    ],
  });
  http.close();
  await bus.close();
  await imi.stop();

  async function sample(): Promise<void> {
    const at = (performance.now() - startedAt) / 60_000;
    memory.push([at, await imi.memory(), await stand.eventStore.memory()]);
  }
  function failed(error: Error): void {
    report.note(`A read failed: ${error.message}`);
  }
};
