import { type ExpressionBuilder, type Selectable, sql } from 'kysely';
import type { JsonObject } from '../../events/event-store.ts';
import type { ProjectResource } from '../../http/schemas/project.ts';
import type { ProjectsTable, ReadModels } from '../../projections/tables.ts';
import type { Reader } from '../read-database.ts';
import { containing } from './like.ts';

export interface ProjectFilter {
  readonly active: boolean | undefined;
  readonly search: string | undefined;
  readonly metadata: JsonObject | undefined;
}

export interface Paging {
  readonly offset: number;
  readonly limit: number;
}

type Row = Selectable<ProjectsTable> & {
  readonly active_work: bigint | null;
  readonly inflight: bigint | null;
};

const withCounts = (db: Reader) =>
  db
    .selectFrom('projects')
    .selectAll()
    .select((eb) => [
      eb
        .selectFrom('active_work')
        .select((count) => count.fn.countAll<bigint>().as('n'))
        .whereRef('active_work.project_id', '=', 'projects.id')
        .as('active_work'),
      eb
        .selectFrom('inflight_work')
        .select((count) => count.fn.countAll<bigint>().as('n'))
        .whereRef('inflight_work.project_id', '=', 'projects.id')
        .as('inflight'),
    ]);

/** A project by its id, inactive ones included. */
export async function findProject(db: Reader, id: string): Promise<ProjectResource | null> {
  const row = await withCounts(db).where('id', '=', id).executeTakeFirst();
  return row ? resourceOf(row as Row) : null;
}

/** The project of a canonical origin key, inactive ones included. */
export async function findProjectByOrigin(
  db: Reader,
  originKey: string,
): Promise<ProjectResource | null> {
  const row = await withCounts(db).where('origin_key', '=', originKey).executeTakeFirst();
  return row ? resourceOf(row as Row) : null;
}

/**
 * One page of the projects that fit the filter: as they were registered, or with a search the most
 * similar first (trigrams of name and origin; a plain part of either is found too).
 */
export async function listProjects(
  db: Reader,
  filter: ProjectFilter,
  { offset, limit }: Paging,
): Promise<{ readonly items: ProjectResource[]; readonly total: number }> {
  const { search } = filter;
  const page = withCounts(db)
    .where((eb) => fitting(eb, filter))
    .$if(search !== undefined, (query) => query.orderBy(similarity(search ?? ''), 'desc'))
    .orderBy('created_at')
    .orderBy('id')
    .offset(offset)
    .limit(limit);
  const total = db
    .selectFrom('projects')
    .select((eb) => eb.fn.countAll<bigint>().as('n'))
    .where((eb) => fitting(eb, filter));
  const [rows, { n }] = await Promise.all([page.execute(), total.executeTakeFirstOrThrow()]);
  return { items: rows.map((row) => resourceOf(row as Row)), total: Number(n) };
}

function fitting(
  eb: ExpressionBuilder<ReadModels, 'projects'>,
  { active, search, metadata }: ProjectFilter,
) {
  return eb.and([
    ...(active === undefined ? [] : [eb('active', '=', active)]),
    ...(search === undefined ? [] : [similar(search)]),
    ...(metadata === undefined
      ? []
      : [sql<boolean>`projects.metadata @> ${JSON.stringify(metadata)}::jsonb`]),
  ]);
}

const similar = (search: string) => {
  const part = containing(search);
  return sql<boolean>`(
    projects.name % ${search} OR ${search} <% projects.name OR projects.name ILIKE ${part}
    OR projects.remote_origin % ${search} OR ${search} <% projects.remote_origin
    OR projects.remote_origin ILIKE ${part}
  )`;
};

const similarity = (search: string) => sql<number>`greatest(
  similarity(projects.name, ${search}), word_similarity(${search}, projects.name),
  word_similarity(${search}, projects.remote_origin)
)`;

const resourceOf = (row: Row): ProjectResource => ({
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
