/**
 * One reader sleeps here and any number of causes wake it: new events, a drained socket, a call that
 * ended. A ring before the sleep is not lost.
 */
export class Doorbell {
  #rung = false;
  #open: (() => void) | null = null;

  readonly ring = (): void => {
    const open = this.#open;
    this.#open = null;
    if (open) open();
    else this.#rung = true;
  };

  /** Resolves at the next ring, or at once when it has rung since the last wait. */
  wait(): Promise<void> {
    if (this.#rung) {
      this.#rung = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#open = resolve;
    });
  }
}
