import { Backlog } from './backlog.ts';
import { Bus } from './bus.ts';
import { type CpuUse, countCpu } from './cpu-use.ts';
import type { Imi } from './imi.ts';
import { ReadModels } from './read-models.ts';
import type { Stand } from './stand.ts';
import { perSecond, until } from './stats.ts';
import { startWork, type Work } from './work.ts';

/** One run of commands that were waiting in the queue. */
export interface LoadRun extends CpuUse {
  /** Commands a second until the last was answered, and so acknowledged. */
  readonly settled: number;
  /** … until the last event was in the queue of a consumer. */
  readonly published: number;
  /** … until the last row was visible. */
  readonly projected: number;
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
    const work = await startWork(bus, itemCount);
    return new Load(bus, work, await ReadModels.connect(stand.databaseUrl));
  }

  /** `rounds` git states for each work item, all in the queue before iMi goes on. */
  async run(imi: Imi, rounds: number, prefetch: number): Promise<LoadRun> {
    const total = rounds * itemCount;
    const events = await this.#bus.count('imi.work.git_state_updated');
    const next = () => this.#work.states.next();
    const backlog = await Backlog.fill(this.#bus, imi, next, total, prefetch);
    const used = await countCpu();
    const { startedAt, settledAt } = await backlog.drain();
    const [publishedAt, projectedAt] = await Promise.all([
      until(async () => (await events.size()) >= total, 'The last event'),
      until(() => this.#isProjected(), 'The last row'),
    ]);
    const cpu = await used(total);
    await events.remove();
    return {
      settled: perSecond(total, settledAt - startedAt),
      published: perSecond(total, publishedAt - startedAt),
      projected: perSecond(total, projectedAt - startedAt),
      ...cpu,
    };
  }

  async close(): Promise<void> {
    await this.#readModels.close();
    await this.#bus.close();
  }

  async #isProjected(): Promise<boolean> {
    const { projectId, states } = this.#work;
    return (await this.#readModels.ahead(projectId, states.asked / itemCount)) === itemCount;
  }
}
