/**
 * More than the rows of the batches that are on their way at once: one that is not in the database
 * yet must not be forgotten, while those before may be read again.
 */
const kept = 20_000;

/** Rows as the events folded so far have left them. */
export class KnownRows<Row> {
  readonly #rows = new Map<string, Row>();

  /** Those of the ids, each once, whose rows have to be looked for. */
  unknown(ids: readonly string[]): readonly string[] {
    return [...new Set(ids)].filter((id) => !this.#rows.has(id));
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  set(id: string, row: Row): void {
    // Behind all others: the first are those that have not changed for longest.
    this.#rows.delete(id);
    this.#rows.set(id, row);
  }

  /** Forgets what has not changed for long. */
  trim(): void {
    for (const id of this.#rows.keys()) {
      if (this.#rows.size <= kept) return;
      this.#rows.delete(id);
    }
  }
}
