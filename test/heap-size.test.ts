import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const module = join(import.meta.dirname, '../src/heap-size.ts');

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
  it('is told by flags that V8 knows how far it may grow', () => {
    const args = ['--input-type=module', '-e', program];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toBe('worked');
  });
});
