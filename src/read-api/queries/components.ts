import type { ExpressionBuilder, Selectable } from 'kysely';
import type { ComponentResource } from '../../http/schemas/component.ts';
import type { ComponentsTable, ReadModels } from '../../projections/tables.ts';
import type { ReadDatabase } from '../read-database.ts';
import type { Paging } from './projects.ts';

/** What a list of components can be narrowed by; an undefined one narrows nothing. */
export interface ComponentFilter {
  readonly parent_project_id: string | undefined;
  readonly kind: string | undefined;
  readonly enabled: boolean | undefined;
}

/** A component by its id. */
export async function findComponent(
  db: ReadDatabase,
  id: string,
): Promise<ComponentResource | null> {
  const row = await db.selectFrom('components').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? componentOf(row) : null;
}

/** One page of the components that fit the filter, in the order they were registered. */
export async function listComponents(
  db: ReadDatabase,
  filter: ComponentFilter,
  { offset, limit }: Paging,
): Promise<{ readonly items: ComponentResource[]; readonly total: number }> {
  const fitting = db.selectFrom('components').where((eb) => fits(eb, filter));
  const [rows, { n }] = await Promise.all([
    fitting.selectAll().orderBy('created_at').orderBy('id').offset(offset).limit(limit).execute(),
    fitting.select((eb) => eb.fn.countAll<bigint>().as('n')).executeTakeFirstOrThrow(),
  ]);
  return { items: rows.map(componentOf), total: Number(n) };
}

/** All components of a project by id and name, in the order of their names. */
export async function componentsOfProject(
  db: ReadDatabase,
  projectId: string,
): Promise<readonly { readonly id: string; readonly name: string }[]> {
  return db
    .selectFrom('components')
    .select(['id', 'name'])
    .where('parent_project_id', '=', projectId)
    .orderBy('name')
    .orderBy('id')
    .execute();
}

function fits(
  eb: ExpressionBuilder<ReadModels, 'components'>,
  { parent_project_id, kind, enabled }: ComponentFilter,
) {
  return eb.and([
    ...(parent_project_id === undefined ? [] : [eb('parent_project_id', '=', parent_project_id)]),
    ...(kind === undefined ? [] : [eb('kind', '=', kind as ComponentsTable['kind'])]),
    ...(enabled === undefined ? [] : [eb('enabled', '=', enabled)]),
  ]);
}

/** A row of `components` as the API shows it. */
export const componentOf = (row: Selectable<ComponentsTable>): ComponentResource => ({
  id: row.id,
  component_id: row.id,
  parent_project_id: row.parent_project_id,
  project_name: row.project_name,
  remote_origin: row.remote_origin,
  name: row.name,
  path: row.path,
  kind: row.kind,
  enabled: row.enabled,
  linked_project_id: row.linked_project_id,
  metadata: row.metadata,
  created_at: row.created_at,
  updated_at: row.updated_at,
  revision: row.revision,
});
