import { parseTimestamp } from '../../projections/value-parsers.ts';

/**
 * Rows that PostgreSQL has put into JSON, as those of a plain query would come: JSON has no times,
 * so columns that end in `_at` hold PostgreSQL's text for one. The rows given are changed.
 */
export function withTimes<Row extends object>(rows: readonly Row[]): readonly Row[] {
  for (const row of rows as readonly Record<string, unknown>[]) {
    for (const column in row) {
      const value = row[column];
      if (typeof value === 'string' && column.endsWith('_at')) row[column] = parseTimestamp(value);
    }
  }
  return rows;
}
