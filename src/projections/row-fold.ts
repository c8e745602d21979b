import { type Kysely, sql } from 'kysely';
import type { ImiEvent } from '../events/catalogue.ts';
import type { Tables } from './database.ts';
import { tableOf } from './generation.ts';

/**
 * One entity's rows within one transaction: loaded once, folded in memory event by event, written
 * once. The row is the fold, so however the events are cut into batches, the rows are the same.
 */
export interface RowFold {
  handles(event: ImiEvent): boolean;
  /** Reads the rows that these events (all of them handled here) are about. */
  load(trx: Kysely<Tables>, schema: string, events: readonly ImiEvent[]): Promise<void>;
  /** Folds one event. Throws, and changes nothing, when the event cannot follow what came before. */
  apply(event: ImiEvent): void;
  /** Writes every row that was changed. */
  write(trx: Kysely<Tables>, schema: string): Promise<void>;
}

/** A table's columns that a fold fills, with their types; what the database generates is not among them. */
export type ColumnTypes = Readonly<
  Record<string, 'uuid' | 'text' | 'jsonb' | 'boolean' | 'integer' | 'bigint' | 'timestamptz'>
>;

/** The rows with these ids, of whichever type the column `id` is. */
export async function selectByIds<Row>(
  trx: Kysely<Tables>,
  schema: string,
  table: string,
  columns: ColumnTypes & { readonly id: ColumnTypes[string] },
  ids: readonly string[],
): Promise<readonly Row[]> {
  const { rows } = await sql<Row>`
    SELECT ${sql.join(Object.keys(columns).map((name) => sql.id(name)))}
    FROM ${tableOf(schema, table)} WHERE id = ANY(${ids}::${sql.raw(columns.id)}[])`.execute(trx);
  return rows;
}

/**
 * Inserts or replaces rows, each id at most once, in one statement; `fill` leaves what is in a row
 * as it is, and fills in what is missing. The rows travel as one array per column: measured at 1.5
 * times the rate of one JSON text for `json_populate_recordset`.
 */
export async function upsertRows<Column extends string>(
  trx: Kysely<Tables>,
  schema: string,
  table: string,
  columns: Readonly<Record<Column, ColumnTypes[string]>>,
  rows: readonly { readonly [C in Column]: unknown }[],
  conflict: 'replace' | 'fill' = 'replace',
): Promise<void> {
  if (rows.length === 0) return;
  const types = Object.entries(columns) as [Column, ColumnTypes[string]][];
  const names = sql.join(types.map(([name]) => sql.id(name)));
  const arrays = types.map(([name, type]) => {
    const values = rows.map((row) => (type === 'jsonb' ? jsonText(row[name]) : row[name]));
    return sql`${values}::${sql.raw(type)}[]`;
  });
  const changes = types
    .filter(([name]) => name !== 'id')
    .map(([name]) =>
      conflict === 'replace'
        ? sql`${sql.id(name)} = excluded.${sql.id(name)}`
        : sql`${sql.id(name)} = COALESCE(known.${sql.id(name)}, excluded.${sql.id(name)})`,
    );
  await sql`
    INSERT INTO ${tableOf(schema, table)} AS known (${names}) SELECT * FROM unnest(${sql.join(arrays)})
    ON CONFLICT (id) DO UPDATE SET ${sql.join(changes)}`.execute(trx);
}

export async function deleteByIds(
  trx: Kysely<Tables>,
  schema: string,
  table: string,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  await sql`DELETE FROM ${tableOf(schema, table)} WHERE id = ANY(${ids}::uuid[])`.execute(trx);
}

/** A JSON null in a nullable column is no value, so it becomes SQL's. */
const jsonText = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
