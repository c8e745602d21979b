import { PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';

// Between two collections. At rest it takes many seconds to fill even the smallest young generation.
const busyMs = 1_000;

/**
 * V8 doubles its young generation, up to 128 MB, when much of it stays alive, and never gives it back.
 * So the modules that are loaded at the start would cost a process at rest a third of its memory.
 * Until `letYoungGenerationGrow` is called it stays as small as it begins.
 */
export function keepYoungGenerationSmall(): void {
  mayGrow(false);
}

/** From now on it grows while there is work, where a small one would cost much time to collect. */
export function letYoungGenerationGrow(): void {
  let last = Number.NEGATIVE_INFINITY;
  const observer = new PerformanceObserver((list) => {
    for (const { startTime } of list.getEntries()) {
      mayGrow(startTime - last < busyMs);
      last = startTime;
    }
  });
  observer.observe({ entryTypes: ['gc'] });
}

// Read by V8 whenever it considers to grow, unlike the flags of the sizes, which count at its start.
const mayGrow = (grows: boolean): void =>
  setFlagsFromString(`--semi-space-growth-factor=${grows ? 2 : 1}`);
