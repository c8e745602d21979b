import { sql } from 'kysely';
import { arrayLiteral } from './array-literal.ts';
import type { ColumnTypes, Values } from './row-fold.ts';

/** The names of columns, as SQL has them between commas. */
export const namesOf = (columns: ColumnTypes) =>
  sql.join(Object.keys(columns).map((name) => sql.id(name)));

/** The rows that `arraysOf` takes apart, put together again. */
export function unnested(columns: ColumnTypes) {
  const arrays = Object.values(columns).map((type) => sql`${null}::${sql.raw(type)}[]`);
  return sql`unnest(${sql.join(arrays)})`;
}

/** Rows as one array for each column: the parameters of `unnested`, in its order. */
export const arraysOf = (columns: ColumnTypes, rows: readonly Values[]): readonly string[] =>
  Object.entries(columns).map(([name, type]) =>
    arrayLiteral(rows.map((row) => (type === 'jsonb' ? jsonText(row[name]) : row[name]))),
  );

/** A JSON null in a nullable column is no value, so it becomes SQL's. */
export const jsonText = (value: unknown): string | null =>
  value === null ? null : JSON.stringify(value);
