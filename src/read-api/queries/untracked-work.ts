import { sql } from 'kysely';
import type { UntrackedWorkResource } from '../../http/schemas/untracked-work.ts';
import type { ReadDatabase } from '../read-database.ts';
import type { Paging } from './projects.ts';

export interface UntrackedFilter {
  readonly project_id?: string | undefined;
  /** `host/owner/repo` in lower case. */
  readonly origin_key?: string | undefined;
  readonly agent_id?: string | undefined;
  /** Branches that are gone again too. */
  readonly deleted: boolean;
}

/** One page of what moves without being registered, in the order it was first seen. */
export async function listUntrackedWork(
  db: ReadDatabase,
  { project_id, origin_key, agent_id, deleted }: UntrackedFilter,
  { offset, limit }: Paging,
): Promise<{ readonly items: UntrackedWorkResource[]; readonly total: number }> {
  const places = db
    .selectFrom('untracked_work')
    // Whether the repository is registered may change at any time, in another stream.
    .leftJoin('projects', 'projects.origin_key', 'untracked_work.origin_key')
    .where('joined_work_item_id', 'is', null)
    .$if(!deleted, (query) => query.where('branch_deleted_at', 'is', null))
    .$if(project_id !== undefined, (query) => query.where('projects.id', '=', project_id ?? ''))
    .$if(origin_key !== undefined, (query) =>
      query.where('untracked_work.origin_key', '=', origin_key ?? ''),
    )
    .$if(agent_id !== undefined, (query) =>
      query.where(sql<boolean>`agent_ids @> ${JSON.stringify([agent_id])}::jsonb`),
    );
  const [rows, { n }] = await Promise.all([
    places
      .selectAll('untracked_work')
      .select(['projects.id as project_id', 'projects.name as project_name'])
      .orderBy('first_seen_at')
      .orderBy('untracked_work.id')
      .offset(offset)
      .limit(limit)
      .execute(),
    places.select((eb) => eb.fn.countAll<bigint>().as('n')).executeTakeFirstOrThrow(),
  ]);
  const items = rows.map(
    ({
      position: _position,
      origin_key: _key,
      pushed_at: _pushed,
      observations: _observations,
      joined_work_item_id: _joined,
      ...row
    }) => ({ ...row, untracked_id: row.id }),
  );
  return { items, total: Number(n) };
}
