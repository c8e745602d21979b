import { randomUUID } from 'node:crypto';
import type { Bus } from './bus.ts';

/** Work items to send git states to; every git state differs from the one before, so each is an event. */
export class Work {
  readonly projectId: string;
  readonly items: readonly string[];
  #sent = 0;

  private constructor(projectId: string, items: readonly string[]) {
    this.projectId = projectId;
    this.items = items;
  }

  /** Registers a project and starts `count` work items in it. */
  static async start(bus: Bus, count: number): Promise<Work> {
    const name = `bench-${randomUUID().slice(0, 8)}`;
    const remote_origin = `https://github.com/33god-bench/${name}`;
    const project_id = (await bus.ask('register_project', { name, remote_origin })).ids.project_id;
    if (project_id === undefined) throw new Error('The project was not registered');
    const started = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        bus.ask('start_work', {
          project_id,
          branch_name: `bench/${index}`,
          work_type: 'feature',
          owner_id: 'ada',
        }),
      ),
    );
    return new Work(
      project_id,
      started.map(({ ids }) => ids.work_item_id ?? ''),
    );
  }

  /** How many git states were asked for. */
  get sent(): number {
    return this.#sent;
  }

  /** The next git state, of the next work item in turn. */
  next(): { readonly work_item_id: string; readonly ahead_of_trunk: number } {
    const { length } = this.items;
    const index = this.#sent;
    this.#sent += 1;
    return {
      work_item_id: this.items[index % length] ?? '',
      ahead_of_trunk: 1 + Math.floor(index / length),
    };
  }
}
