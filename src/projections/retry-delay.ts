import { setTimeout as delay } from 'node:timers/promises';

export interface RetryDelays {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * Waits before try number `failures` + 1: twice as long each time, between half and the whole of
 * the step so that instances do not come back in step. Ends early, without an error, on abort.
 */
export async function retryDelay(
  failures: number,
  { firstMs, maxMs }: RetryDelays,
  signal: AbortSignal,
): Promise<void> {
  const step = Math.min(maxMs, firstMs * 2 ** Math.max(0, failures - 1));
  await delay(step * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
}
