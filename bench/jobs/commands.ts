import { loadavg } from 'node:os';
import { saidOf } from '../cpu-use.ts';
import { startOnStand } from '../imi.ts';
import type { Job } from '../job.ts';
import { Load, type LoadRun } from '../load.ts';
import { rate, share } from '../quantity.ts';
import { Relay } from '../relay.ts';
import { repeated } from '../stats.ts';

const rounds = 30;
const relayed = 20_000;

/** Commands through RabbitMQ against the raw relay, run in turn on the same broker. */
export const commands: Job = async ({ stand, report, runs }) => {
  const relay = await Relay.connect(stand.rabbitUrl);
  for (const prefetch of [64, 256]) {
    const imi = await startOnStand(stand, { IMI_PREFETCH: String(prefetch) });
    const load = await Load.prepare(stand);
    await relay.throughput(relayed, prefetch);
    // Not counted: V8 takes tens of thousands of commands until it has compiled what they need.
    await load.run(imi, rounds, prefetch);
    const pairs = await repeated(runs, async () => ({
      raw: await relay.throughput(relayed, prefetch),
      imi: await load.run(imi, rounds, prefetch),
    }));
    const raw = rate(
      pairs.map((pair) => pair.raw),
      'messages/s',
    );
    for (const [until, pick, target] of [
      ['acknowledged', (run) => run.settled, '≥ 50 %, 65 % is excellent'],
      ['on the bus', (run) => run.published],
      ['visible in PostgreSQL', (run) => run.projected],
    ] as [string, (run: LoadRun) => number, string?][]) {
      const value = rate(pairs.map((pair) => pick(pair.imi)));
      report.add({
        measure: `Commands, prefetch ${prefetch}, until the last is ${until}`,
        value: [value],
        limit: { name: 'relay', value: [raw] },
        ratio: share(value, raw),
        ...(target && { target }),
        panel: `Commands through RabbitMQ, prefetch ${prefetch}`,
        drawnAs: `iMi, until ${until}`,
      });
    }
    report.note(
      `prefetch ${prefetch}: ${saidOf(pairs.map((pair) => pair.imi))}, ` +
        `memory of the service ${Math.round(await imi.memory())} MB, ` +
        `load average ${loadavg()[0]?.toFixed(1)}`,
    );
    await load.close();
    await imi.stop();
  }
  await relay.close();
};
