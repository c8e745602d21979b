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
  /** Rows of one panel are drawn together; default: each for itself. */
  readonly panel?: string;
  /** The name of its bar, where a panel has several of iMi. */
  readonly drawnAs?: string;
}

export interface Limit {
  readonly name: string;
  readonly value: readonly Quantity[];
}
