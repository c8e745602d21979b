import equal from 'fast-deep-equal';
import { sql } from 'kysely';
import { type Generation, hasTable, tableOf } from './generation.ts';
import { versionedTables } from './versioned-tables.ts';

/** Columns of a row, as JSON has them. */
export type Columns = { readonly [column: string]: unknown };

/** A row that is not the same in both generations, or missing in one. */
export interface RowDifference {
  readonly table: string;
  readonly key: string;
  /** The columns that differ, as they are live; null when the row is only in the other one. */
  readonly live: Columns | null;
  /** The same columns in the other generation; null when the row is only in the live one. */
  readonly rebuilt: Columns | null;
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
  { table: 'work_item_links', key: 'work_item_id', ignored: [] },
  { table: 'commits', key: 'id', ignored: [] },
  { table: 'deploys', key: 'id', ignored: [] },
  { table: 'deploy_commits', key: 'id', ignored: [] },
  { table: 'deploy_work_items', key: 'id', ignored: [] },
  { table: 'components', key: 'id', ignored: [] },
  { table: 'component_relationships', key: 'id', ignored: [] },
  { table: 'tickets', key: 'id', ignored: [] },
  { table: 'touched_files', key: 'id', ignored: [] },
  { table: 'untracked_work', key: 'id', ignored: [] },
  ...Object.values(versionedTables).map(({ versions }) => ({
    ...{ table: versions, key: "id || '@' || position", ignored: [] },
  })),
  { table: 'parked_events', key: "stream_id || '@' || revision", ignored: ['parked_at', 'error'] },
];

/**
 * Compares two generations row by row and answers the first `limit` differences of each table. A
 * table that one of them does not have yet counts as empty there.
 */
export async function diffGenerations(
  { db, schema }: Generation,
  other: string,
  limit = 100,
): Promise<readonly RowDifference[]> {
  const differences: RowDifference[] = [];
  for (const { table, key, ignored } of compared) {
    const side = async (of: string) =>
      (await hasTable({ db, schema: of }, table))
        ? sql`
          SELECT ${sql.raw(key)} AS key, to_jsonb(entry) - ${[...ignored]}::text[] AS entry
          FROM ${tableOf(of, table)} AS entry`
        : sql`SELECT NULL::uuid AS key, NULL::jsonb AS entry WHERE false`;
    const { rows } = await sql<{ key: string; live: Columns | null; rebuilt: Columns | null }>`
      SELECT COALESCE(a.key::text, b.key::text) AS key, a.entry AS live, b.entry AS rebuilt
      FROM (${await side(schema)}) AS a FULL JOIN (${await side(other)}) AS b
        ON a.key::text = b.key::text
      WHERE a.entry IS DISTINCT FROM b.entry
      ORDER BY 1 LIMIT ${limit}`.execute(db);
    differences.push(...rows.map((row) => ({ table, key: row.key, ...differing(row) })));
  }
  return differences;
}

function differing({ live, rebuilt }: Pick<RowDifference, 'live' | 'rebuilt'>) {
  if (live === null || rebuilt === null) return { live, rebuilt };
  const names = [...new Set([...Object.keys(live), ...Object.keys(rebuilt)])].filter(
    (name) => !equal(live[name], rebuilt[name]),
  );
  const only = (row: Columns) =>
    Object.fromEntries(names.filter((name) => name in row).map((name) => [name, row[name]]));
  return { live: only(live), rebuilt: only(rebuilt) };
}
