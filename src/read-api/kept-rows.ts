import { LRUCache } from 'lru-cache';
import type { Texts } from '../projections/named-query.ts';

/** Length of all texts that were read for what is kept: some ten thousand work items. */
const mostText = 32 * 1024 * 1024;

interface Kept<Value> {
  readonly version: string;
  readonly value: Value;
}

/**
 * What was made of work items, each kept for as long as PostgreSQL says that its rows are the same
 * (`workVersion`): agents ask over and over for what changes seldom, and to read and write forty
 * columns of it costs several times what it costs to ask whether they have changed.
 */
export class KeptRows<Value> {
  readonly #kept = new LRUCache<string, Kept<Value>>({ maxSize: mostText });

  /** What is kept of all of them, by their ids with their versions; null when one is not. */
  find(versions: readonly Texts[]): Value[] | null {
    const found: Value[] = [];
    for (const [id, ...version] of versions) {
      const kept = this.#kept.get(id ?? '');
      if (kept?.version !== nameOf(version)) return null;
      found.push(kept.value);
    }
    return found;
  }

  /** @param row what the value was made of, with the id first and its version from `place` on */
  keep(row: Texts, place: number, value: Value): Value {
    const version = nameOf(row.slice(place));
    const size = row.reduce((sum, text) => sum + (text?.length ?? 0), 0);
    this.#kept.set(row[0] ?? '', { version, value }, { size });
    return value;
  }
}

/** Of columns of `workVersion`; others may follow. */
const nameOf = ([writtenBy, position, linksWrittenBy]: Texts): string =>
  `${writtenBy} ${position} ${linksWrittenBy}`;

/** What is kept, for each database its own. */
export function keptOfEach<Database extends object, Value>(): (of: Database) => KeptRows<Value> {
  const known = new WeakMap<Database, KeptRows<Value>>();
  return (database) => {
    const kept = known.get(database) ?? new KeptRows<Value>();
    known.set(database, kept);
    return kept;
  };
}
