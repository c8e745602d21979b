import type { Quantity } from './quantity.ts';

/** One line of the table: what was measured, what it is held against, and how they compare. */
export interface Row {
  readonly measure: string;
  readonly value: readonly Quantity[];
  /** Measured in the same run, on the same machine. */
  readonly limit?: Limit;
  readonly ratio?: string;
  /** Of spec/promises.md. */
  readonly target?: string;
  /** Rows of one panel are drawn together as bars; default: each for itself; null: not as bars. */
  readonly panel?: string | null;
  /** The name of its bar, where a panel has several of iMi. */
  readonly drawnAs?: string;
}

export interface Limit {
  readonly name: string;
  readonly value: readonly Quantity[];
}
