import { type RawBuilder, sql } from 'kysely';
import { askReadModels } from './ask-read-models.ts';
import { type Generation, tableOf } from './generation.ts';

/** Active work by where it is checked out, or by whose it is. */
export interface SightedWorkRow {
  readonly id: string;
  readonly project_id: string;
  readonly branch_name: string;
  readonly host: string | null;
}

// Two are enough to know that it could be either.
const maxRows = 20;

/**
 * Looks for active work by what a sighting tells beside origin and branch. Throws
 * `StoreUnavailableError` while the database is away: what was seen then waits to be looked up.
 */
export const sightedWorkIn = ({ db, schema }: Generation) => {
  const select = async (condition: RawBuilder<unknown>): Promise<readonly SightedWorkRow[]> => {
    const query = sql<SightedWorkRow>`
        SELECT id, project_id, branch_name, worktree->>'host' AS host
        FROM ${tableOf(schema, 'work_items')}
        WHERE active AND ${condition} ORDER BY id LIMIT ${maxRows}`;
    return (await askReadModels(query.execute(db))).rows;
  };
  return {
    inCheckout: (path: string) => select(sql`worktree_path = ${path}`),
    ofAgent: (agentId: string, projectId: string) =>
      select(sql`owner_id = ${agentId} AND project_id = ${projectId}`),
  };
};
