import { sql } from 'kysely';
import { arrayLiteral } from './array-literal.ts';
import type { ColumnTypes, Values } from './row-fold.ts';

/** The names of columns, as SQL has them between commas. */
export const namesOf = (columns: ColumnTypes) =>
  sql.join(Object.keys(columns).map((name) => sql.id(name)));

/** Rows as the result of `unnest`: one array per column. */
export function unnested(columns: ColumnTypes, rows: readonly Values[]) {
  const arrays = Object.entries(columns).map(([name, type]) => {
    const pick =
      type === 'jsonb' ? (row: Values) => jsonText(row[name]) : (row: Values) => row[name];
    return sql`${arrayLiteral(rows.map(pick))}::${sql.raw(type)}[]`;
  });
  return sql`unnest(${sql.join(arrays)})`;
}

/** A JSON null in a nullable column is no value, so it becomes SQL's. */
export const jsonText = (value: unknown): string | null =>
  value === null ? null : JSON.stringify(value);
