import { type ExpressionBuilder, type Selectable, sql } from 'kysely';
import type { JsonObject } from '../../events/event-store.ts';
import type { ProjectResource } from '../../http/schemas/project.ts';
import type { ProjectsTable, ReadModels } from '../../projections/tables.ts';
import { prepared, quick } from '../prepared.ts';
import type { Reader } from '../read-database.ts';

export interface ProjectFilter {
  readonly active: boolean | undefined;
  readonly metadata: JsonObject | undefined;
}

export interface Paging {
  readonly offset: number;
  readonly limit: number;
}

export type ProjectRow = Selectable<ProjectsTable> & {
  readonly active_work: bigint | null;
  readonly inflight: bigint | null;
};

const withCounts = (db: Reader) => counted(fromProjects(db));

const fromProjects = (db: Reader) => db.selectFrom('projects');

/** Of active work: what the view `inflight_work` is of it. */
export const isInFlight = sql<boolean>`status <> 'clean'`;

/** Projects with how many of their work items are active, and in flight: counted in one go. */
export const counted = (projects: ReturnType<typeof fromProjects>) =>
  projects
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('active_work')
          .whereRef('active_work.project_id', '=', 'projects.id')
          .select((count) => [
            count.fn.countAll<bigint>().as('active_work'),
            count.fn.countAll<bigint>().filterWhere(isInFlight).as('inflight'),
          ])
          .as('n'),
      (join) => join.onTrue(),
    )
    .selectAll('projects')
    .select(['n.active_work', 'n.inflight']);

const projectById = prepared(
  'project by id',
  (from, id: string) => withCounts(from).where('id', '=', id),
  quick,
);

const projectByOrigin = prepared(
  'project by origin',
  (from, originKey: string) => withCounts(from).where('origin_key', '=', originKey),
  quick,
);

const trunkPath = prepared(
  'trunk path',
  (from, id: string) => from.selectFrom('projects').select('trunk_path').where('id', '=', id),
  quick,
);

/** A project by its id, inactive ones included. */
export async function findProject(db: Reader, id: string): Promise<ProjectResource | null> {
  const [row] = await projectById(db, id);
  return row ? projectOf(row as ProjectRow) : null;
}

/** The project of a canonical origin key, inactive ones included. */
export async function findProjectByOrigin(
  db: Reader,
  originKey: string,
): Promise<ProjectResource | null> {
  const [row] = await projectByOrigin(db, originKey);
  return row ? projectOf(row as ProjectRow) : null;
}

/** Where the trunk of a project lies, of an inactive one too; null when there is no such project. */
export async function findTrunkPath(db: Reader, id: string): Promise<string | null> {
  const [row] = await trunkPath(db, id);
  return row?.trunk_path ?? null;
}

export interface ProjectPage {
  readonly items: ProjectResource[];
  readonly total: number;
}

/** One page of the projects that fit the filter, as they were registered. */
export async function listProjects(
  db: Reader,
  { active, metadata }: ProjectFilter,
  { offset, limit }: Paging,
): Promise<ProjectPage> {
  const fitting = (eb: ExpressionBuilder<ReadModels, 'projects'>) =>
    eb.and([
      ...(active === undefined ? [] : [eb('active', '=', active)]),
      ...(metadata === undefined
        ? []
        : [sql<boolean>`projects.metadata @> ${JSON.stringify(metadata)}::jsonb`]),
    ]);
  const page = withCounts(db)
    .where(fitting)
    .orderBy('created_at')
    .orderBy('id')
    .offset(offset)
    .limit(limit);
  const total = db
    .selectFrom('projects')
    .select((eb) => eb.fn.countAll<bigint>().as('n'))
    .where(fitting);
  const [rows, { n }] = await Promise.all([page.execute(), total.executeTakeFirstOrThrow()]);
  return { items: rows.map((row) => projectOf(row as ProjectRow)), total: Number(n) };
}

/** A row as the API shows it. */
export const projectOf = (row: ProjectRow): ProjectResource => ({
  id: row.id,
  project_id: row.id,
  name: row.name,
  remote_origin: row.remote_origin,
  default_branch: row.default_branch,
  trunk_path: row.trunk_path,
  description: row.description,
  metadata: row.metadata,
  active: row.active,
  active_work_items: Number(row.active_work),
  inflight_work_items: Number(row.inflight),
  created_at: row.created_at,
  updated_at: row.updated_at,
  revision: row.revision,
});
