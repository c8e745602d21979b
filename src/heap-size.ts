import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

// Between two collections. At rest it takes many seconds to fill even the smallest young generation.
const busyMs = 1_000;

/**
 * Bytes of the young generation, both halves, from which on it does not grow. A larger one is collected
 * less often; but V8 writes through it from end to end, and the slowest answers take a third longer.
 */
const enoughYoung = 32 * 2 ** 20;

/** Whether V8 has the flag: that of Node 22 has not. */
const knowsToFavorMemory = Number.parseFloat(process.versions.v8) >= 13.6;

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
 * From now on the young generation grows while there is work, up to a size: a small one would cost much
 * time to collect. Once there has been some, V8 collects at rest as at work. By itself it would, after
 * eight quiet seconds, forget the shapes of the objects that are gone, and with them all code that
 * was compiled for these; and from then on collect the whole heap every half a second of work.
 */
export function letHeapGrow(): void {
  let last = Number.NEGATIVE_INFINITY;
  const observer = new PerformanceObserver((list) => {
    for (const { startTime } of list.getEntries()) {
      const isBusy = startTime - last < busyMs;
      growsYoung(isBusy && youngSize() < enoughYoung);
      if (isBusy) reducesAtRest(false);
      last = startTime;
    }
  });
  observer.observe({ entryTypes: ['gc'] });
}

// V8 reads these whenever it decides on it, unlike the flags of sizes, which count at its start. Others
// must not be changed while it runs: for `memory-reducer-gc-count` its own checks ended the process.

const growsYoung = (grows: boolean): void =>
  setFlagsFromString(`--semi-space-growth-factor=${grows ? 2 : 1}`);

const reducesAtRest = (reduces: boolean): void => {
  if (knowsToFavorMemory) {
    setFlagsFromString(`--${reduces ? '' : 'no-'}memory-reducer-favors-memory`);
  }
  // After a rest V8 lets the heap grow by little, unless it is told by how much of what is alive, in
  // percent (none: V8 decides).
  setFlagsFromString(`--heap-growing-percent=${reduces ? 0 : 200}`);
};

const youngSize = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;
