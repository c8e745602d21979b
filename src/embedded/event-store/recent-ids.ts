const REMEMBERED = 20_000;

/**
 * Where the latest event ids were written. It makes a repeated append without an exact expected
 * revision idempotent as far back as it remembers: best effort, as in EventStoreDB.
 */
export class RecentIds {
  readonly #places = new Map<string, { readonly stream: string; readonly revision: number }>();

  add(id: string, stream: string, revision: number): void {
    this.#places.set(id, { stream, revision });
    if (this.#places.size <= REMEMBERED) return;
    for (const oldest of this.#places.keys()) {
      this.#places.delete(oldest);
      break;
    }
  }

  /** Revision at which a stream has an event with this id, or null when that is not known. */
  revisionOf(id: string, stream: string): number | null {
    const place = this.#places.get(id);
    return place?.stream === stream ? place.revision : null;
  }
}
