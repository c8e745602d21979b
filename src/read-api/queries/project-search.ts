import { sql } from 'kysely';
import type { JsonObject } from '../../events/event-store.ts';
import { prepared } from '../prepared.ts';
import type { Reader } from '../read-database.ts';
import { containing } from './like.ts';
import { type Compared, rank, similar } from './likeness.ts';
import { counted, type Paging, type ProjectPage, type ProjectRow, projectOf } from './projects.ts';

export interface ProjectSearch {
  readonly search: string;
  readonly active: boolean | undefined;
  readonly metadata: JsonObject | undefined;
}

/**
 * One page of the projects that are like a text, the most similar first. A plain part of name or
 * origin is always found. By trigrams a text with a slash is compared with origins, any other with
 * names, and with origins where no name is like it.
 */
export async function searchProjects(
  db: Reader,
  filter: ProjectSearch,
  paging: Paging,
): Promise<ProjectPage> {
  const named = filter.search.includes('/') ? null : await find(db, filter, 'name', paging);
  return named !== null && named.total > 0 ? named : find(db, filter, 'remote_origin', paging);
}

async function find(
  db: Reader,
  filter: ProjectSearch,
  column: Compared,
  { offset, limit }: Paging,
): Promise<ProjectPage> {
  const { search, active = null, metadata } = filter;
  const wanted = metadata === undefined ? null : JSON.stringify(metadata);
  const part = containing(search);
  const found = await mostSimilar[column](db, search, part, active, wanted, offset, limit);
  const rows = found as unknown as readonly (ProjectRow & { readonly total: bigint })[];
  const [first] = rows;
  if (first) return { items: rows.map(projectOf), total: Number(first.total) };
  // Beyond the last page nothing tells how many there are.
  const { total } =
    offset === 0 ? { total: 0 } : await find(db, filter, column, { offset: 0, limit: 1 });
  return { items: [], total };
}

const mostSimilarBy = (column: Compared) =>
  prepared(
    `most similar projects by ${column}`,
    (
      from,
      search: string,
      part: string,
      active: boolean | null,
      metadata: string | null,
      offset: number,
      limit: number,
    ) => {
      const like = { search, part, column };
      const found = from.with('found', (query) =>
        query
          .selectFrom('projects as p')
          .selectAll('p')
          .select([sql<bigint>`count(*) OVER ()`.as('total'), rank(like).as('rank')])
          .where(similar(like))
          .where(sql<boolean>`p.active = coalesce(${active}::boolean, p.active)`)
          .where(sql<boolean>`(
            ${metadata}::jsonb IS NULL OR p.metadata @> ${metadata}::jsonb
          )`)
          .orderBy('rank', 'desc')
          .orderBy('p.created_at')
          .orderBy('p.id')
          .offset(offset)
          .limit(limit),
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
