import { sql } from 'kysely';
import { type Generation, tableOf } from './generation.ts';

/** A row that is not the same in both generations, or missing in one. */
export interface RowDifference {
  readonly table: string;
  readonly key: string;
}

/**
 * What is compared: every column of every table, but for the time of parking and the text of the
 * error, which tell of the run and not of the history. The checkpoint is compared by the caller,
 * who has to have brought both to the same event.
 */
const compared: readonly { table: string; key: string; ignored: readonly string[] }[] = [
  { table: 'projects', key: 'id', ignored: [] },
  { table: 'work_items', key: 'id', ignored: [] },
  { table: 'ticket_links', key: 'id', ignored: [] },
  { table: 'pr_links', key: 'id', ignored: [] },
  { table: 'commits', key: 'id', ignored: [] },
  { table: 'deploys', key: 'id', ignored: [] },
  { table: 'deploy_commits', key: 'id', ignored: [] },
  { table: 'deploy_work_items', key: 'id', ignored: [] },
  { table: 'components', key: 'id', ignored: [] },
  { table: 'component_relationships', key: 'id', ignored: [] },
  { table: 'tickets', key: 'id', ignored: [] },
  { table: 'touched_files', key: 'id', ignored: [] },
  { table: 'untracked_work', key: 'id', ignored: [] },
  { table: 'parked_events', key: "stream_id || '@' || revision", ignored: ['parked_at', 'error'] },
];

/** Compares two generations row by row and answers the first `limit` differences of each table. */
export async function diffGenerations(
  { db, schema }: Generation,
  other: string,
  limit = 100,
): Promise<readonly RowDifference[]> {
  const differences: RowDifference[] = [];
  for (const { table, key, ignored } of compared) {
    const side = (of: string) => sql`
      SELECT ${sql.raw(key)} AS key, to_jsonb(entry) - ${[...ignored]}::text[] AS entry
      FROM ${tableOf(of, table)} AS entry`;
    const { rows } = await sql<{ key: string }>`
      SELECT COALESCE(a.key::text, b.key::text) AS key
      FROM (${side(schema)}) AS a FULL JOIN (${side(other)}) AS b ON a.key = b.key
      WHERE a.entry IS DISTINCT FROM b.entry
      ORDER BY 1 LIMIT ${limit}`.execute(db);
    differences.push(...rows.map((row) => ({ table, key: row.key })));
  }
  return differences;
}
