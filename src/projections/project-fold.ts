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
import { type ColumnTypes, type RowFold, selectByIds, upsertRows } from './row-fold.ts';
import { assertStorable } from './storable.ts';
import type { ProjectsTable } from './tables.ts';

const columns = {
  id: 'uuid',
  name: 'text',
  remote_origin: 'text',
  origin_key: 'text',
  default_branch: 'text',
  trunk_path: 'text',
  description: 'text',
  metadata: 'jsonb',
  active: 'boolean',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  revision: 'integer',
  position: 'bigint',
} as const satisfies Record<keyof ProjectsTable, ColumnTypes[string]>;

interface ProjectRow extends Project {
  readonly origin_key: string;
  readonly revision: number;
  readonly position: bigint;
}

type HandledEvent = Extract<ImiEvent, ProjectEvent>;

/** Table `projects`. */
export class ProjectFold implements RowFold {
  readonly #rows = new Map<string, ProjectRow>();
  readonly #changed = new Map<string, ProjectRow>();

  handles(event: ImiEvent): event is HandledEvent {
    return Object.hasOwn(projectEvents, event.type);
  }

  async load(trx: Kysely<Tables>, schema: string, events: readonly HandledEvent[]): Promise<void> {
    const ids = [...new Set(events.map(idOf))];
    for (const row of await selectByIds<ProjectRow>(trx, schema, 'projects', columns, ids)) {
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
    this.#changed.set(id, row);
  }

  async write(trx: Kysely<Tables>, schema: string): Promise<void> {
    await upsertRows(trx, schema, 'projects', columns, [...this.#changed.values()]);
  }
}

/** As the database writes it, whatever the case in the event. */
const idOf = (event: HandledEvent): string => event.data.project_id.toLowerCase();
