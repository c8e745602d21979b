/** Lets a fixed number of pieces of work run at once, first come first served. */
export class Slots {
  #free: number;
  readonly #waiting: { readonly start: () => void; readonly signal: AbortSignal }[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Runs `work` when a slot is free and keeps the slot until it settles, even when its caller has
   * given up by then.
   * @throws the signal's reason when that is aborted before a slot came free.
   */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((start) => this.#waiting.push({ start, signal }));
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      this.#release();
    }
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next) next.start();
    else this.#free++;
  }
}
