import { loadavg } from 'node:os';
import { startOnStand } from '../imi.ts';
import type { Job } from '../job.ts';
import { Load, type LoadRun } from '../load.ts';
import { Relay } from '../relay.ts';
import { rate, share } from '../report.ts';
import { median, repeated } from '../stats.ts';

const rounds = 16;
const relayed = 20_000;

/** Commands through RabbitMQ against the raw relay, run in turn on the same broker. */
export const commands: Job = async ({ stand, report, runs }) => {
  const relay = await Relay.connect(stand.rabbitUrl);
  for (const prefetch of [64, 256]) {
    const imi = await startOnStand(stand, { IMI_PREFETCH: String(prefetch) });
    const load = await Load.prepare(stand);
    await relay.throughput(relayed, prefetch);
    await load.run(imi, rounds / 2, prefetch);
    const pairs = await repeated(runs, async () => ({
      raw: await relay.throughput(relayed, prefetch),
      imi: await load.run(imi, rounds, prefetch),
    }));
    const raw = median(pairs.map((pair) => pair.raw));
    const of = (pick: (run: LoadRun) => number) => median(pairs.map((pair) => pick(pair.imi)));
    const limit = `${rate(raw, 'messages/s')} (relay)`;
    for (const [until, pick, target] of [
      ['acknowledged', (run) => run.settled, '≥ 50 %, 65 % is excellent'],
      ['on the bus', (run) => run.published],
      ['visible in PostgreSQL', (run) => run.projected],
    ] as [string, (run: LoadRun) => number, string?][]) {
      const value = of(pick);
      report.add({
        measure: `Commands, prefetch ${prefetch}, until the last is ${until}`,
        value: rate(value),
        limit,
        ratio: share(value, raw),
        ...(target && { target }),
      });
    }
    const names = [...(pairs[0]?.imi.cpu.keys() ?? [])];
    const cpu = names.map(
      (name) => `${name} ${Math.round(1000 * of((run) => run.cpu.get(name) ?? 0))}`,
    );
    report.note(
      `prefetch ${prefetch}: CPU in µs for each command: ${cpu.join(', ')}; ` +
        `machine busy ${Math.round(100 * of((run) => run.busy))} %, ` +
        `memory of the service ${Math.round(await imi.memory())} MB, ` +
        `load average ${loadavg()[0]?.toFixed(1)}`,
    );
    await load.close();
    await imi.stop();
  }
  await relay.close();
};
