import type { ImiEvent } from '../events/catalogue.ts';
import {
  evolveProject,
  type Project,
  type ProjectEvent,
  projectEvents,
} from '../events/project.ts';
import type { Generation } from './generation.ts';
import { KnownRows } from './known-rows.ts';
import { originKeyOfDisplay } from './origin-key.ts';
import type { Change, RowFold } from './row-fold.ts';
import { selectByIds } from './select-rows.ts';
import { assertStorable } from './storable.ts';
import { versionedTables } from './versioned-tables.ts';

const { projects } = versionedTables;

interface ProjectRow extends Project {
  readonly origin_key: string;
  readonly revision: number;
  readonly position: bigint;
}

type HandledEvent = Extract<ImiEvent, ProjectEvent>;

/** Table `projects`, and its versions. */
export class ProjectFold implements RowFold {
  readonly #rows = new KnownRows<ProjectRow>();
  #versions: ProjectRow[] = [];

  handles(event: ImiEvent): event is HandledEvent {
    return Object.hasOwn(projectEvents, event.type);
  }

  async load(from: Generation, events: readonly HandledEvent[]): Promise<void> {
    const ids = this.#rows.unknown(events.map(idOf));
    for (const row of await selectByIds<ProjectRow>(from, projects, ids)) {
      this.#rows.set(row.id, row);
    }
  }

  apply(event: HandledEvent): void {
    const id = idOf(event);
    const { revision, position } = event;
    const before = this.#rows.get(id) ?? null;
    const project = evolveProject(before, event, event.metadata.occurred_at);
    const origin_key = originKeyOfDisplay(project.remote_origin);
    const row = { ...project, origin_key, revision, position };
    assertStorable(row, before ?? undefined);
    this.#rows.set(id, row);
    this.#versions.push(row);
  }

  take(): readonly Change[] {
    const rows = this.#versions;
    this.#versions = [];
    this.#rows.endBatch();
    return [{ kind: 'versions', of: projects, rows }];
  }
}

/** As the database writes it, whatever the case in the event. */
const idOf = (event: HandledEvent): string => event.data.project_id.toLowerCase();
