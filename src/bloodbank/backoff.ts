import { setTimeout as delay } from 'node:timers/promises';

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Growing waits with full jitter, so that many instances do not come back in step. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Waits longer each time, never less than half of the step; ends early, silently, on abort. */
  async wait(signal: AbortSignal): Promise<void> {
    const { firstMs, maxMs } = this.#options;
    const step = Math.min(maxMs, firstMs * 2 ** this.#failures);
    this.#failures += 1;
    await pause(step * (0.5 + Math.random() / 2), signal);
  }

  reset(): void {
    this.#failures = 0;
  }
}

/** Waits `ms`, or until the signal aborts; never throws. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
