import type { Checkpoint } from '../events/stream-checkpoint.ts';

interface Entry {
  readonly checkpoint: Checkpoint;
  readonly sentAt: number;
  confirmed: boolean;
}

/**
 * Messages that were sent and are not confirmed, in the order of the store. The checkpoint may only
 * come as far as everything before it is confirmed.
 */
export class ConfirmWindow {
  readonly #size: number;
  readonly #onAdvance: (checkpoint: Checkpoint) => void;
  readonly #entries: Entry[] = [];
  #wake: (() => void) | null = null;

  constructor(size: number, onAdvance: (checkpoint: Checkpoint) => void) {
    this.#size = size;
    this.#onAdvance = onAdvance;
  }

  /** Takes a place in line; call the result when it is confirmed. */
  enter(checkpoint: Checkpoint, now: number): () => void {
    const entry: Entry = { checkpoint, sentAt: now, confirmed: false };
    this.#entries.push(entry);
    return () => {
      entry.confirmed = true;
      this.#advance();
    };
  }

  /** When the oldest unconfirmed message was sent; null when there is none. */
  get oldestSentAt(): number | null {
    return this.#entries[0]?.sentAt ?? null;
  }

  get pending(): number {
    return this.#entries.length;
  }

  /** Returns when there is room for one more, or the signal aborts. */
  room(signal: AbortSignal): Promise<void> {
    return this.#until(() => this.#entries.length < this.#size, signal);
  }

  /** Returns when everything is confirmed, or the signal aborts. */
  drained(signal: AbortSignal): Promise<void> {
    return this.#until(() => this.#entries.length === 0, signal);
  }

  #advance(): void {
    let last: Checkpoint | null = null;
    while (this.#entries[0]?.confirmed) last = this.#entries.shift()?.checkpoint ?? null;
    if (last === null) return;
    this.#onAdvance(last);
    this.#wake?.();
  }

  async #until(reached: () => boolean, signal: AbortSignal): Promise<void> {
    while (!reached() && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake);
          this.#wake = null;
          resolve();
        };
        signal.addEventListener('abort', wake);
        this.#wake = wake;
      });
    }
  }
}
