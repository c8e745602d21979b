import { type ExpressionBuilder, type Selectable, sql } from 'kysely';
import type { JsonObject } from '../../events/event-store.ts';
import type { ProjectResource } from '../../http/schemas/project.ts';
import { tableOf } from '../../projections/generation.ts';
import { liveSchema, type ProjectsTable, type ReadModels } from '../../projections/tables.ts';
import { prepared } from '../prepared.ts';
import { isNow, type Reader } from '../read-database.ts';
import { containing } from './like.ts';
import { type Compared, type Likeness, rank, similar } from './likeness.ts';

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

const withCounts = (db: Reader) => counted(fromProjects(db));

const fromProjects = (db: Reader) => db.selectFrom('projects');

const counted = (projects: ReturnType<typeof fromProjects>) =>
  projects.selectAll('projects').select((eb) => [
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

const projectById = prepared('project by id', (from, id: string) =>
  withCounts(from).where('id', '=', id),
);

const projectByOrigin = prepared('project by origin', (from, originKey: string) =>
  withCounts(from).where('origin_key', '=', originKey),
);

const trunkPath = prepared('trunk path', (from, id: string) =>
  from.selectFrom('projects').select('trunk_path').where('id', '=', id),
);

/** A project by its id, inactive ones included. */
export async function findProject(db: Reader, id: string): Promise<ProjectResource | null> {
  const [row] = await projectById(db, id);
  return row ? resourceOf(row as Row) : null;
}

/** The project of a canonical origin key, inactive ones included. */
export async function findProjectByOrigin(
  db: Reader,
  originKey: string,
): Promise<ProjectResource | null> {
  const [row] = await projectByOrigin(db, originKey);
  return row ? resourceOf(row as Row) : null;
}

/** Where the trunk of a project lies, of an inactive one too; null when there is no such project. */
export async function findTrunkPath(db: Reader, id: string): Promise<string | null> {
  const [row] = await trunkPath(db, id);
  return row?.trunk_path ?? null;
}

interface ProjectPage {
  readonly items: ProjectResource[];
  readonly total: number;
}

/**
 * One page of the projects that fit the filter: as they were registered, or with a search the most
 * similar first. A plain part of name or origin is always found. By trigrams a text with a slash is
 * compared with origins, any other with names, and with origins where no name is like it.
 */
export async function listProjects(
  db: Reader,
  filter: ProjectFilter,
  paging: Paging,
): Promise<ProjectPage> {
  const { search } = filter;
  if (search === undefined) return listFitting(db, filter, null, paging);
  const found = search.includes('/') ? null : await find(db, { ...filter, search }, 'name', paging);
  if (found !== null && found.total > 0) return found;
  return find(db, { ...filter, search }, 'remote_origin', paging);
}

async function find(
  db: Reader,
  filter: ProjectFilter & { readonly search: string },
  column: Compared,
  { offset, limit }: Paging,
): Promise<ProjectPage> {
  const { search, active, metadata } = filter;
  if (metadata === undefined && isNow(db)) {
    const part = containing(search);
    const found = await mostSimilar[column](db, search, part, active ?? null, offset, limit);
    const [first] = found as readonly object[] as readonly { readonly total: bigint }[];
    // Beyond the last page nothing tells how many there are.
    if (first || offset === 0) {
      return {
        items: found.map((row) => resourceOf(row as Row)),
        total: Number(first?.total ?? 0),
      };
    }
  }
  return listFitting(db, filter, { search, part: containing(search), column }, { offset, limit });
}

async function listFitting(
  db: Reader,
  filter: ProjectFilter,
  like: Likeness | null,
  { offset, limit }: Paging,
): Promise<ProjectPage> {
  const page = withCounts(db)
    .where((eb) => fitting(eb, filter, like))
    .$if(like !== null, (query) => query.orderBy(rank(like as Likeness), 'desc'))
    .orderBy('created_at')
    .orderBy('id')
    .offset(offset)
    .limit(limit);
  const total = db
    .selectFrom('projects')
    .select((eb) => eb.fn.countAll<bigint>().as('n'))
    .where((eb) => fitting(eb, filter, like));
  const [rows, { n }] = await Promise.all([page.execute(), total.executeTakeFirstOrThrow()]);
  return { items: rows.map((row) => resourceOf(row as Row)), total: Number(n) };
}

const mostSimilarBy = (column: Compared) =>
  prepared(
    `most similar projects by ${column}`,
    (from, search: string, part: string, active: boolean | null, offset: number, limit: number) => {
      const like = { search, part, column };
      const found = from.with(
        'found',
        () =>
          sql<Selectable<ProjectsTable>>`(
        SELECT projects.*, count(*) OVER () AS total, ${rank(like)} AS rank
        FROM ${tableOf(liveSchema, 'projects')} AS projects
        WHERE ${similar(like)} AND active = coalesce(${active}::boolean, active)
        ORDER BY rank DESC, created_at, id OFFSET ${offset} LIMIT ${limit}
      )`,
      );
      return counted(found.selectFrom('found as projects') as never)
        .orderBy(sql`rank`, 'desc')
        .orderBy('created_at')
        .orderBy('id');
    },
  );

const mostSimilar = {
  name: mostSimilarBy('name'),
  remote_origin: mostSimilarBy('remote_origin'),
};

function fitting(
  eb: ExpressionBuilder<ReadModels, 'projects'>,
  { active, metadata }: ProjectFilter,
  like: Likeness | null,
) {
  return eb.and([
    ...(active === undefined ? [] : [eb('active', '=', active)]),
    ...(like === null ? [] : [similar(like)]),
    ...(metadata === undefined
      ? []
      : [sql<boolean>`projects.metadata @> ${JSON.stringify(metadata)}::jsonb`]),
  ]);
}

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
