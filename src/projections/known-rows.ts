/**
 * Batches whose rows are known. Two at least: while one is folded, the rows of the one before are
 * on their way and not in the database yet. More save reading what changes all the time.
 */
const batches = 4;

/** Rows as the last batches have left them; others may be read again. */
export class KnownRows<Row> {
  /** The rows of a batch each, that of now first. */
  #changed: readonly Map<string, Row>[] = [new Map()];

  /** Those of the ids, each once, whose rows have to be looked for. */
  unknown(ids: readonly string[]): readonly string[] {
    return [...new Set(ids)].filter((id) => this.get(id) === undefined);
  }

  get(id: string): Row | undefined {
    for (const rows of this.#changed) {
      const row = rows.get(id);
      if (row !== undefined) return row;
    }
    return undefined;
  }

  set(id: string, row: Row): void {
    this.#changed[0]?.set(id, row);
  }

  /** Begins the next batch, and forgets what has not changed for some. */
  endBatch(): void {
    this.#changed = [new Map<string, Row>(), ...this.#changed].slice(0, batches);
  }
}
