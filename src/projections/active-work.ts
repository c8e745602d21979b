import type { Generation } from './generation.ts';
import type { PositionWaiter } from './waiter.ts';

/**
 * Ids of a project's active work items, once the read models have come to the position.
 * Throws when they do not come that far in time, or the database is away.
 */
export async function activeWorkOf(
  { db, schema }: Generation,
  waiter: PositionWaiter,
  projectId: string,
  position: bigint,
): Promise<readonly string[]> {
  await waiter.comeTo(position);
  const rows = await db
    .withSchema(schema)
    .selectFrom('work_items')
    .select('id')
    .where('project_id', '=', projectId)
    .where('active', '=', true)
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}
