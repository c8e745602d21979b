import { type Expression, sql } from 'kysely';
import { parseTimestamp } from '../../projections/value-parsers.ts';
import type { Reader } from '../read-database.ts';

/**
 * The rows of a query in one JSON array, `rows`, in their order. For rows of many columns: node-pg
 * takes these apart one by one, several times as slowly as V8 reads the text.
 */
export const inJson = <Row extends object>(from: Reader, rows: Expression<Row>) =>
  (from.with('page', () => rows as never) as unknown as Reader)
    .selectFrom('page' as 'work_items')
    .select(sql<readonly Row[]>`coalesce(json_agg(page), '[]')`.as('rows'));

/**
 * Rows of one query that PostgreSQL has put into JSON, as those of a plain query would come: JSON has
 * no times, so columns that end in `_at` hold PostgreSQL's text for one. The rows given are changed.
 */
export function withTimes<Row extends object>(rows: readonly Row[]): readonly Row[] {
  const columns = Object.keys(rows[0] ?? {}).filter((column) => column.endsWith('_at'));
  for (const row of rows as readonly Record<string, unknown>[]) {
    for (const column of columns) {
      const value = row[column];
      if (typeof value === 'string') row[column] = parseTimestamp(value);
    }
  }
  return rows;
}
