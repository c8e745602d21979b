import type { Kysely } from 'kysely';
import type { ImiEvent } from '../events/catalogue.ts';
import {
  evolveProject,
  type Project,
  type ProjectEvent,
  projectEvents,
} from '../events/project.ts';
import type { Tables } from './database.ts';
import { KnownRows } from './known-rows.ts';
import { originKeyOfDisplay } from './origin-key.ts';
import { type RowFold, selectByIds, type Write, writeVersions } from './row-fold.ts';
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

  async load(trx: Kysely<Tables>, schema: string, events: readonly HandledEvent[]): Promise<void> {
    const ids = this.#rows.unknown(events.map(idOf));
    for (const row of await selectByIds<ProjectRow>(trx, schema, projects, ids)) {
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

  take(): Write {
    const versions = this.#versions;
    this.#versions = [];
    this.#rows.endBatch();
    return (trx, schema) => writeVersions(trx, schema, projects, versions);
  }
}

/** As the database writes it, whatever the case in the event. */
const idOf = (event: HandledEvent): string => event.data.project_id.toLowerCase();
