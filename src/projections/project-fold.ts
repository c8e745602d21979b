import type { Kysely } from 'kysely';
import type { ImiEvent } from '../events/catalogue.ts';
import {
  evolveProject,
  type Project,
  type ProjectEvent,
  projectEvents,
} from '../events/project.ts';
import type { Tables } from './database.ts';
import { originKeyOfDisplay } from './origin-key.ts';
import { type RowFold, selectByIds, upsertRows } from './row-fold.ts';
import { assertStorable } from './storable.ts';
import type { ProjectsTable } from './tables.ts';

const columns = [
  'id',
  'name',
  'remote_origin',
  'origin_key',
  'default_branch',
  'trunk_path',
  'description',
  'metadata',
  'active',
  'created_at',
  'updated_at',
  'revision',
  'position',
] as const satisfies readonly (keyof ProjectsTable)[];

interface ProjectRow extends Project {
  readonly origin_key: string;
  readonly revision: number;
  readonly position: bigint;
}

type HandledEvent = Extract<ImiEvent, ProjectEvent>;

/** Table `projects`. */
export class ProjectFold implements RowFold {
  readonly #rows = new Map<string, ProjectRow>();
  readonly #changed = new Set<string>();

  handles(event: ImiEvent): event is HandledEvent {
    return Object.hasOwn(projectEvents, event.type);
  }

  async load(trx: Kysely<Tables>, schema: string, events: readonly HandledEvent[]): Promise<void> {
    const ids = [...new Set(events.map(idOf))];
    for (const row of await selectByIds<ProjectRow>(trx, 'projects', schema, columns, ids)) {
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
    assertStorable(row);
    this.#rows.set(id, row);
    this.#changed.add(id);
  }

  async write(trx: Kysely<Tables>, schema: string): Promise<void> {
    const rows = [...this.#changed].map((id) => {
      const row = this.#rows.get(id);
      return { ...row, position: String(row?.position) };
    });
    await upsertRows(trx, 'projects', schema, columns, rows);
  }
}

/** As the database writes it, whatever the case in the event. */
const idOf = (event: HandledEvent): string => event.data.project_id.toLowerCase();
