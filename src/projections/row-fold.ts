import type { ImiEvent } from '../events/catalogue.ts';
import type { Generation } from './generation.ts';

/** A table's columns that a fold fills, with their types; what the database generates is not among them. */
export type ColumnTypes = Readonly<
  Record<string, 'uuid' | 'text' | 'jsonb' | 'boolean' | 'integer' | 'bigint' | 'timestamptz'>
>;

/** A table whose rows a fold fills. */
export interface FoldedTable<Column extends string = string> {
  readonly table: string;
  readonly columns: Readonly<Record<Column, ColumnTypes[string]>> & {
    readonly id: ColumnTypes[string];
  };
}

/** A table whose rows are kept in every state they were in, by the position that brought them there. */
export interface VersionedTable<Column extends string = string> extends FoldedTable<Column> {
  readonly versions: string;
  /** What the database makes of the columns. */
  readonly generated: readonly string[];
  /** Columns that are the same in all versions of a row: the indexes of `table` hold for them. */
  readonly fixed: readonly NoInfer<Column | 'id'>[];
}

/** The values of a row by column. */
export type Values = { readonly [column: string]: unknown };

/** Rows of one table that a batch has come to. */
export type Change =
  /** Versions, each by id and position once and for all; the table has the last of each id. */
  | { readonly kind: 'versions'; readonly of: VersionedTable; readonly rows: readonly object[] }
  /**
   * Rows, each id at most once: `replace` what is there; `fill` in what is missing there; or `keep`
   * a row that is there as it is.
   */
  | {
      readonly kind: 'replace' | 'fill' | 'keep';
      readonly of: FoldedTable;
      readonly rows: readonly object[];
    }
  /** Rows whose `column` holds one of the ids go. */
  | {
      readonly kind: 'delete';
      readonly table: string;
      readonly column: string;
      readonly ids: readonly string[];
    };

/**
 * One entity's rows: loaded once, folded in memory event by event, written together. The row is the
 * fold, so however the events are cut into batches, the rows are the same.
 */
export interface RowFold {
  handles(event: ImiEvent): boolean;
  /** Reads the rows that these events (all of them handled here) are about, as far as it has none. */
  load(from: Generation, events: readonly ImiEvent[]): Promise<void>;
  /** Folds one event. Throws, and changes nothing, when the event cannot follow what came before. */
  apply(event: ImiEvent): void;
  /** Hands over every row that was changed since the last time, to be written in this order. */
  take(): readonly Change[];
}
