import { sql } from 'kysely';
import { type Generation, tableOf } from './generation.ts';
import { originKeyOfDisplay } from './origin-key.ts';
import type { PositionWaiter } from './waiter.ts';

/** A branch of a repository and, when that was told, the checkout that it is in. */
export interface WorkPlace {
  readonly remote_origin: string | null;
  readonly branch_name: string | null;
  readonly worktree_path: string | null;
  readonly host: string | null;
}

/**
 * Leads from registered work to what was seen at its place before, and back. Both answer once the
 * read models have come to the position; both throw when these do not come that far in time, or the
 * database is away.
 */
export function untrackedPlacesIn({ db, schema }: Generation, waiter: PositionWaiter) {
  const select = async (query: ReturnType<typeof sql<{ id: string }>>) =>
    (await query.execute(db)).rows.map(({ id }) => id);

  return {
    /** Ids of the untracked places that work on this branch, in this checkout, is at. */
    async at(work: WorkPlace, position: bigint): Promise<readonly string[]> {
      await waiter.comeTo(position);
      return select(sql<{ id: string }>`
        SELECT id FROM ${tableOf(schema, 'untracked_work')}
        WHERE joined_work_item_id IS NULL AND (
          (origin_key = ${keyOf(work)} AND branch_name = ${work.branch_name})
          OR (worktree_path = ${work.worktree_path}
            AND (origin_key IS NULL OR origin_key = ${keyOf(work)})
            AND (branch_name IS NULL OR branch_name = ${work.branch_name})
            AND (host IS NULL OR ${work.host}::text IS NULL OR host = ${work.host}))
        ) ORDER BY first_seen_at, id`);
    },

    /** The one active work item at an untracked place; null when there is none, or more than one. */
    async workAt(place: WorkPlace, position: bigint): Promise<string | null> {
      await waiter.comeTo(position);
      const [only, ...others] = await select(sql<{ id: string }>`
        SELECT work.id FROM ${tableOf(schema, 'work_items')} AS work
        JOIN ${tableOf(schema, 'projects')} AS project ON project.id = work.project_id
        WHERE work.active AND (
          (project.origin_key = ${keyOf(place)} AND work.branch_name = ${place.branch_name})
          OR (work.worktree_path = ${place.worktree_path}
            AND (${keyOf(place)}::text IS NULL OR project.origin_key = ${keyOf(place)})
            AND (${place.branch_name}::text IS NULL OR work.branch_name = ${place.branch_name})
            AND (${place.host}::text IS NULL OR work.worktree->>'host' IS NULL
              OR work.worktree->>'host' = ${place.host}))
        ) ORDER BY work.id LIMIT 2`);
      return only !== undefined && others.length === 0 ? only : null;
    },
  };
}

const keyOf = ({ remote_origin }: WorkPlace): string | null =>
  remote_origin === null ? null : originKeyOfDisplay(remote_origin);
