/**
 * The client queues its writes when its append stream holds 16 messages, and what is queued when the
 * connection dies becomes an unhandled rejection, which ends the process. With fewer appends on
 * their way the queue is never used.
 */
const SLOTS = 15;

/** Lets at most 15 appends be on their way, first come first served. */
export class AppendSlots {
  #free = SLOTS;
  readonly #waiting: { readonly start: () => void; readonly signal: AbortSignal }[] = [];

  /**
   * Runs `work` when a slot is free and keeps the slot until it settles: an append that its caller
   * has given up still takes room on the stream.
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
