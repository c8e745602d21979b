import type { EventStore } from '../events/event-store.ts';
import type { Project } from '../events/project.ts';
import { projects } from './aggregate.ts';
import { Snapshots } from './snapshots.ts';

/** Reads a project as its stream tells it now; null when there is none. Throws `StoreUnavailableError`. */
export function projectReader(store: EventStore): (id: string) => Promise<Project | null> {
  const snapshots = new Snapshots(store);
  return async (id) => (await snapshots.refresh(projects, id)).state;
}
