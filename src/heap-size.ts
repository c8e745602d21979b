import { PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';

// Between two collections. At rest it takes many seconds to fill even the smallest young generation.
const busyMs = 1_000;

/**
 * V8 doubles its young generation, up to 128 MB, when much of it stays alive, and never gives it back.
 * So the modules that are loaded at the start would cost a process at rest a third of its memory.
 * Until `letHeapGrow` is called, and there is work, it stays as small as it begins, and V8 reduces
 * what is there when nothing happens.
 */
export function keepHeapSmall(): void {
  growsYoung(false);
  reducesAtRest(true);
}

/**
 * From now on the young generation grows while there is work, where a small one would cost much time
 * to collect. Once there has been some, V8 reduces the heap no more: with what it gives back it
 * forgets the shapes of the objects that are gone, and all code that was compiled for these, and
 * from then on it collects the whole heap every half a second of work.
 */
export function letHeapGrow(): void {
  let last = Number.NEGATIVE_INFINITY;
  const observer = new PerformanceObserver((list) => {
    for (const { startTime } of list.getEntries()) {
      const isBusy = startTime - last < busyMs;
      growsYoung(isBusy);
      if (isBusy) reducesAtRest(false);
      last = startTime;
    }
  });
  observer.observe({ entryTypes: ['gc'] });
}

// V8 reads these whenever it decides on it, unlike the flags of sizes, which count at its start.

const growsYoung = (grows: boolean): void =>
  setFlagsFromString(`--semi-space-growth-factor=${grows ? 2 : 1}`);

// Where it may not reduce the heap, V8 takes it for reduced, and lets it grow by little: so how far it
// may grow, in percent of what is alive, has to be said (none: V8 decides).
const reducesAtRest = (reduces: boolean): void => {
  setFlagsFromString(`--memory-reducer-gc-count=${reduces ? 2 : 0}`);
  setFlagsFromString(`--heap-growing-percent=${reduces ? 0 : 200}`);
};
