/** At least so many are remembered, at most twice as many. */
const REMEMBERED = 20_000;

interface Place {
  readonly stream: string;
  readonly revision: number;
}

/**
 * Where the latest event ids were written. It makes a repeated append without an exact expected
 * revision idempotent as far back as it remembers: best effort, as in EventStoreDB.
 */
export class RecentIds {
  #places = new Map<string, Place>();
  // Forgotten as a whole: taking the oldest out of a map one by one costs more than all the rest.
  #older = new Map<string, Place>();

  add(id: string, stream: string, revision: number): void {
    if (this.#places.size >= REMEMBERED) {
      this.#older = this.#places;
      this.#places = new Map();
    }
    this.#places.set(id, { stream, revision });
  }

  /** Revision at which a stream has an event with this id, or null when that is not known. */
  revisionOf(id: string, stream: string): number | null {
    const place = this.#places.get(id) ?? this.#older.get(id);
    return place?.stream === stream ? place.revision : null;
  }
}
