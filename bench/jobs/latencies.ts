import { randomUUID } from 'node:crypto';
import { Bus } from '../bus.ts';
import { startOnStand } from '../imi.ts';
import type { Job } from '../job.ts';
import { pace } from '../pace.ts';
import { latency } from '../quantity.ts';
import { ReadModels } from '../read-models.ts';
import { Relay } from '../relay.ts';
import { repeated, until } from '../stats.ts';
import { startWork } from '../work.ts';

const rates = [50, 200, 500];
const seconds = 8;

/** From publishing a command until it is answered, its event is on the bus and its row visible. */
export const latencies: Job = async ({ stand, report, runs }) => {
  const imi = await startOnStand(stand);
  const bus = await Bus.connect(stand.rabbitUrl);
  const relay = await Relay.connect(stand.rabbitUrl);
  const readModels = await ReadModels.connect(stand.databaseUrl);
  const work = await startWork(bus, 500);
  await measure(500);
  for (const offered of rates) {
    const results = await repeated(runs, async () => ({
      raw: await relay.latencies((send) => pace(offered, seconds / 2, send)),
      ...(await measure(offered)),
    }));
    const limit = { name: 'relay', value: latency(results.map((result) => result.raw)) };
    for (const [to, pick, target] of [
      ['answered', (result) => result.answered],
      ['event on the bus', (result) => result.onBus, 'p99 ≤ 50 ms'],
      ['row visible', (result) => result.visible, 'p99 ≤ 50 ms'],
    ] as [string, (result: Latencies) => number[], string?][]) {
      report.add({
        measure: `Command published → ${to}, at ${offered} commands/s`,
        value: latency(results.map(pick)),
        limit,
        ...(target && { target }),
        panel: `Command published at ${offered}/s`,
        drawnAs: `iMi, ${to}`,
      });
    }
  }
  await readModels.close();
  await relay.close();
  await bus.close();
  await imi.stop();

  async function measure(offered: number): Promise<Latencies> {
    const sent = new Map<string, Sent>();
    let answers = 0;
    const stop = await bus.listen('imi.work.git_state_updated', ({ content }) => {
      const { causation_id, payload } = JSON.parse(content.toString());
      const command = sent.get(causation_id);
      if (command === undefined) return;
      command.onBusAt = performance.now();
      command.position = BigInt(payload.position);
    });
    await pace(offered, seconds, (_, dueAt) => {
      const id = randomUUID();
      const command: Sent = { dueAt };
      sent.set(id, command);
      void bus.ask('update_git_state', work.states.next(), id).then(() => {
        command.answeredAt = performance.now();
        answers += 1;
      });
    });
    const all = [...sent.values()];
    const visible = ({ position }: Sent) =>
      position === undefined ? undefined : readModels.visibleAt(position);
    await until(
      () => answers === all.length && all.every((command) => visible(command) !== undefined),
      'The end of the commands',
    );
    await stop();
    const since = (at: (command: Sent) => number | undefined) =>
      all.map((command) => (at(command) ?? Number.NaN) - command.dueAt);
    return {
      answered: since((command) => command.answeredAt),
      onBus: since((command) => command.onBusAt),
      visible: since(visible),
    };
  }
};

interface Sent {
  readonly dueAt: number;
  answeredAt?: number;
  onBusAt?: number;
  position?: bigint;
}

interface Latencies {
  readonly answered: number[];
  readonly onBus: number[];
  readonly visible: number[];
}
