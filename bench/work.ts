import { randomUUID } from 'node:crypto';
import type { Bus } from './bus.ts';
import { GitStates } from './git-states.ts';

/** Work items of one project in iMi, and git states to send to them. */
export interface Work {
  readonly projectId: string;
  readonly states: GitStates;
}

/** Registers a project and starts `count` work items in it. */
export async function startWork(bus: Bus, count: number): Promise<Work> {
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
  return {
    projectId: project_id,
    states: new GitStates(started.map(({ ids }) => ids.work_item_id ?? '')),
  };
}
