import { setTimeout as delay } from 'node:timers/promises';

export interface RetryDelays {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Waits `ms`, or until the signal aborts; never throws. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

/**
 * Waits before try number `failures` + 1: twice as long each time, between half and the whole of
 * the step so that instances do not come back in step. Ends early, without an error, on abort.
 */
export function retryDelay(
  failures: number,
  { firstMs, maxMs }: RetryDelays,
  signal: AbortSignal,
): Promise<void> {
  const step = Math.min(maxMs, firstMs * 2 ** Math.max(0, failures - 1));
  return pause(step * (0.5 + Math.random() / 2), signal);
}

/** The same waits for one who does not count failures: longer each time, until `reset`. */
export class Backoff {
  readonly #delays: RetryDelays;
  #failures = 0;

  constructor(delays: RetryDelays) {
    this.#delays = delays;
  }

  wait(signal: AbortSignal): Promise<void> {
    this.#failures += 1;
    return retryDelay(this.#failures, this.#delays, signal);
  }

  reset(): void {
    this.#failures = 0;
  }
}
