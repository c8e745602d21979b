import { randomUUID } from 'node:crypto';
import { projectIdOf } from '../../src/events/ids.ts';
import { randomFrom } from '../../test/support/random.ts';
import { type HistoryProject, type Told, workLife } from './work-life.ts';

/** Work that goes on at the same time. */
const atOnce = 500;
/** Every so many pieces of work belong to a project of their own. */
const workOfProject = 100;

/**
 * A history of `events` public events, as busy agents leave it behind: hundreds of work items go
 * on at once, so that what follows one event in its stream comes much later in the log.
 */
export function* history(events: number, clock: () => string): Generator<Told> {
  const lives: Generator<Told>[] = [];
  const random = randomFrom(1);
  let [told, begun] = [0, 0];
  let project: HistoryProject | null = null;
  while (told < events) {
    if (lives.length < atOnce) {
      if (project === null || begun % workOfProject === 0) {
        project = projectOf(begun / workOfProject);
        yield registered(project);
        told += 1;
      }
      begun += 1;
      lives.push(workLife(project, begun, clock));
    }
    const turn = Math.floor(random() * lives.length);
    const next = (lives[turn] as Generator<Told>).next();
    if (next.done) lives.splice(turn, 1);
    else if (told < events) {
      yield next.value;
      told += 1;
    }
  }
}

function projectOf(number: number): HistoryProject {
  const project_name = `shop-${number}-${randomUUID().slice(0, 8)}`;
  const key = `github.com/33god-bench/${project_name}`;
  const remote_origin = `git@github.com:33god-bench/${project_name}.git`;
  return { project_id: projectIdOf(key), project_name, remote_origin };
}

const registered = (project: HistoryProject): Told => ({
  stream: `project-${project.project_id}`,
  type: 'imi.project.registered',
  data: {
    ...{ ...project, default_branch: 'main', trunk_path: `/code/${project.project_name}/main` },
    ...{ description: 'A shop among many', metadata: { team: 'bench' }, reactivated: false },
  },
});
