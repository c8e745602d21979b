import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadScript } from '../src/code-cache.ts';
import { testFolder } from './services/test-folder.ts';

let folder: string;
let script: string;
let cache: string;
beforeEach(async () => {
  folder = await testFolder('code');
  script = join(folder, 'script.cjs');
  cache = join(folder, 'cache');
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

const write = (answer: string) =>
  writeFileSync(script, `const { sep } = require('path'); exports.answer = () => ${answer} + sep;`);

function answerOf({ exports }: { readonly exports: unknown }): unknown {
  return (exports as { answer: () => unknown }).answer();
}

/** Runs the script, and keeps its code as after a start. */
function run(): unknown {
  const loaded = loadScript(script, cache);
  const answer = answerOf(loaded);
  loaded.keepCode();
  vi.runAllTimers();
  return answer;
}

const source = (name: string) => new URL(`../src/${name}.ts`, import.meta.url).href;

const kept = () => join(cache, readdirSync(cache)[0] ?? '');

describe('The code that is kept of a script', () => {
  it('is used, and not written again', () => {
    write("'first'");
    expect(run()).toBe('first/');
    const code = readFileSync(kept());
    expect(run()).toBe('first/');
    expect(readFileSync(kept())).toEqual(code);
  });

  it('is not that of another script, were it as long', () => {
    write("'first'");
    run();
    write("'other'");
    expect(run()).toBe('other/');
    expect(run()).toBe('other/');
    expect(readdirSync(cache)).toHaveLength(1);
  });

  it.each([0, 5, 9, 200, -1])('is made anew when its byte %i is damaged', (place) => {
    write("'first'");
    run();
    const damaged = readFileSync(kept());
    const at = (damaged.length + place) % damaged.length;
    damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
    writeFileSync(kept(), damaged);
    expect(run()).toBe('first/');
    expect(readFileSync(kept())).not.toEqual(damaged);
  });

  it('is made anew when it was cut off', () => {
    write("'first'");
    run();
    for (const length of [0, 4, 8, 100]) {
      writeFileSync(kept(), readFileSync(kept()).subarray(0, length));
      expect(run()).toBe('first/');
      expect(readFileSync(kept()).length).toBeGreaterThan(length);
    }
  });

  it('is used by the next process, whatever the heap was allowed meanwhile', () => {
    write("'first'");
    const program = `
      import { setFlagsFromString } from 'node:v8';
      import { loadScript } from ${JSON.stringify(source('code-cache'))};
      import { keepHeapSmall } from ${JSON.stringify(source('heap-size'))};
      keepHeapSmall();
      const { keepCode } = loadScript(${JSON.stringify(script)}, ${JSON.stringify(cache)});
      setFlagsFromString('--semi-space-growth-factor=2');
      setFlagsFromString('--no-memory-reducer-favors-memory');
      setFlagsFromString('--heap-growing-percent=200');
      keepCode();`;
    const start = () => {
      const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', program]);
      expect(status).toBe(0);
      return statSync(kept()).ino;
    };
    const first = start();
    expect(start()).toBe(first);
  });

  it('is done without where nothing can be written', () => {
    write("'first'");
    writeFileSync(cache, 'a file');
    expect(run()).toBe('first/');
    expect(run()).toBe('first/');
  });
});
