import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const module = join(import.meta.dirname, '../src/heap-size.ts');

/** Works with much that stays alive for a while, and says how large the young generation was at most. */
const growing = `
  import { PerformanceObserver } from 'node:perf_hooks';
  import { getHeapSpaceStatistics } from 'node:v8';
  import { keepHeapSmall, letHeapGrow } from ${JSON.stringify(module)};
  keepHeapSmall();
  letHeapGrow();
  const young = () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
  let collections = 0;
  let most = 0;
  new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  }).observe({ entryTypes: ['gc'] });
  const alive = [];
  for (let place = 0; collections < 60; place += 1) {
    alive[place % 20] = Array.from({ length: 10_000 }, (_, each) => ({ place, each }));
    most = Math.max(most, young().space_size);
    await new Promise(setImmediate);
  }
  process.stdout.write(String(most / 2 ** 20));`;

/** Works until V8 has collected some times in a row, as under load. */
const program = `
  import { PerformanceObserver } from 'node:perf_hooks';
  import { keepHeapSmall, letHeapGrow } from ${JSON.stringify(module)};
  keepHeapSmall();
  letHeapGrow();
  let collections = 0;
  new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  }).observe({ entryTypes: ['gc'] });
  while (collections < 10) {
    Array.from({ length: 20_000 }, (_, place) => ({ place }));
    await new Promise(setImmediate);
  }
  process.stdout.write('worked');`;

describe('the heap', () => {
  it('lets its young generation grow with the work, but not without end', () => {
    const args = ['--input-type=module', '-e', growing];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(Number(stdout)).toBeGreaterThan(8);
    expect(Number(stdout)).toBeLessThan(48);
  });

  it('is told by flags that V8 knows how far it may grow', () => {
    const args = ['--input-type=module', '-e', program];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toBe('worked');
  });
});
