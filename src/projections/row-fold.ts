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

export async function selectByIds<Row>(
  trx: Kysely<Tables>,
  table: string,
  schema: string,
  columns: readonly string[],
  ids: readonly string[],
): Promise<readonly Row[]> {
  const { rows } = await sql<Row>`
    SELECT ${sql.join(columns.map((column) => sql.id(column)))} FROM ${tableOf(schema, table)}
    WHERE id = ANY(${ids}::uuid[])`.execute(trx);
  return rows;
}

/**
 * Inserts or replaces rows by id in one statement. The rows travel as one JSON text, which the
 * table's own row type takes apart: no second list of column types to keep in step.
 * Rows are objects with the columns' names; a bigint has to come as text.
 */
export async function upsertRows(
  trx: Kysely<Tables>,
  table: string,
  schema: string,
  columns: readonly string[],
  rows: readonly object[],
): Promise<void> {
  if (rows.length === 0) return;
  const names = columns.map((column) => sql.id(column));
  const changes = columns
    .filter((column) => column !== 'id')
    .map((column) => sql`${sql.id(column)} = excluded.${sql.id(column)}`);
  await sql`
    INSERT INTO ${tableOf(schema, table)} (${sql.join(names)})
    SELECT ${sql.join(names)}
    FROM json_populate_recordset(NULL::${tableOf(schema, table)}, ${JSON.stringify(rows)}::json)
    ON CONFLICT (id) DO UPDATE SET ${sql.join(changes)}`.execute(trx);
}
