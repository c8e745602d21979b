import { cpus } from 'node:os';
import { Bus } from './bus.ts';
import { type CpuTimes, cpuSince, cpuTimes } from './cpu-times.ts';
import type { Imi } from './imi.ts';
import { ReadModels } from './read-models.ts';
import type { Stand } from './stand.ts';
import { perSecond, until } from './stats.ts';
import { Work } from './work.ts';

/** One run of commands that were waiting in the queue. */
export interface LoadRun {
  /** Commands a second until the last was answered, and so acknowledged. */
  readonly settled: number;
  /** … until the last event was in the queue of a consumer. */
  readonly published: number;
  /** … until the last row was visible. */
  readonly projected: number;
  /** CPU time of each program in milliseconds for each command; empty where the system does not tell. */
  readonly cpu: CpuTimes;
  /** How busy the whole machine was, 0 to 1. */
  readonly busy: number;
}

const itemCount = 500;

/** Sends iMi git states of many work items, as fast as it takes them. */
export class Load {
  readonly #bus: Bus;
  readonly #work: Work;
  readonly #readModels: ReadModels;

  private constructor(bus: Bus, work: Work, readModels: ReadModels) {
    this.#bus = bus;
    this.#work = work;
    this.#readModels = readModels;
  }

  /** iMi has to be running. */
  static async prepare(stand: Stand): Promise<Load> {
    const bus = await Bus.connect(stand.rabbitUrl);
    const work = await Work.start(bus, itemCount);
    return new Load(bus, work, await ReadModels.connect(stand.databaseUrl));
  }

  /** `rounds` git states for each work item, all in the queue before iMi goes on. */
  async run(imi: Imi, rounds: number, prefetch: number): Promise<LoadRun> {
    const total = rounds * itemCount;
    const events = await this.#bus.count('imi.work.git_state_updated');
    imi.signal('SIGSTOP');
    // At most `prefetch` are in hand: when the last so many are answered, all are.
    const silent = total - prefetch;
    for (let index = 0; index < silent; index += 1) {
      this.#bus.send('update_git_state', this.#work.next());
    }
    let answered = 0;
    let settledAt = 0;
    for (let index = silent; index < total; index += 1) {
      void this.#bus.ask('update_git_state', this.#work.next()).then(() => {
        answered += 1;
        settledAt = performance.now();
      });
    }
    await this.#bus.channel.waitForConfirms();
    const before = [await cpuTimes(), machine()] as const;
    const startedAt = performance.now();
    imi.signal('SIGCONT');
    await until(() => answered === prefetch, 'The answer to the last command');
    const [publishedAt, projectedAt] = await Promise.all([
      until(async () => (await events.size()) >= total, 'The last event'),
      until(() => this.#isProjected(), 'The last row'),
    ]);
    const used = cpuSince(before[0], await cpuTimes());
    const [busy, idle] = machine().map((ms, index) => ms - (before[1][index] ?? 0)) as [
      number,
      number,
    ];
    await events.remove();
    return {
      settled: perSecond(total, settledAt - startedAt),
      published: perSecond(total, publishedAt - startedAt),
      projected: perSecond(total, projectedAt - startedAt),
      cpu: new Map([...used].map(([name, ms]) => [name, ms / total])),
      busy: busy / (busy + idle),
    };
  }

  async close(): Promise<void> {
    await this.#readModels.close();
    await this.#bus.close();
  }

  async #isProjected(): Promise<boolean> {
    const { projectId, sent } = this.#work;
    return (await this.#readModels.ahead(projectId, sent / itemCount)) === itemCount;
  }
}

/** Milliseconds that all cores were busy and idle. */
function machine(): [number, number] {
  const times = cpus().map((cpu) => cpu.times);
  const busy = times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0);
  return [busy, times.reduce((sum, { idle }) => sum + idle, 0)];
}
