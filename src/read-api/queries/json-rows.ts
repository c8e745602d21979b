import { parseTimestamp } from '../../projections/value-parsers.ts';

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
