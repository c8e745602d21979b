import type { Project } from '../events/project.ts';
import { projects } from './aggregate.ts';
import type { Snapshots } from './snapshots.ts';

/** Reads a project as its stream tells it now; null when there is none. Throws `StoreUnavailableError`. */
export function projectReader(snapshots: Snapshots): (id: string) => Promise<Project | null> {
  return async (id) => (await snapshots.refresh(projects, id)).state;
}
