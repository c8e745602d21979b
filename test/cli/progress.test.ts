import { describe, expect, it } from 'vitest';
import { type Done, progressOf } from '../../src/cli/progress.ts';

function screen(isTTY: boolean) {
  let now = 0;
  const written: string[] = [];
  const stderr = { isTTY, write: (text: string) => written.push(text) };
  const tell = progressOf('Rebuilding', { stderr, now: () => now });
  const at = (ms: number, done: Done) => {
    now = ms;
    tell(done);
  };
  return { written, at };
}

describe('The progress', () => {
  it('is a bar with rate and remaining time on a terminal, written over', () => {
    const { written, at } = screen(true);
    at(2_000, { done: 25, total: 100, items: 500 });
    at(4_000, { done: 50, total: 100, items: 1_000 });
    at(4_100, { done: 50, total: 100, items: 1_001 });
    at(8_000, { done: 100, total: 100, items: 2_000 });
    expect(written.map((line) => line.trimEnd())).toEqual([
      '\rRebuilding: [######------------------] 25 %, 500 done, 250/s, 6 s to go',
      '\rRebuilding: [############------------] 50 %, 1000 done, 250/s, 4 s to go',
      '\rRebuilding: [########################] 100 %, 2000 done, 250/s, 0 s to go',
    ]);
    expect(written.at(-1)).toMatch(/\n$/);
  });

  it('is a line for each tenth elsewhere', () => {
    const { written, at } = screen(false);
    for (let done = 1; done <= 100; done += 1) at(done * 10, { done, total: 100, items: done });
    expect(written).toHaveLength(11);
    expect(written[10]).toBe('Rebuilding: 100 %, 100 done, 100/s, 0 s to go\n');
  });

  it('guesses nothing from next to nothing', () => {
    const { written, at } = screen(false);
    at(1_000, { done: 1, total: 1_000, items: 1 });
    expect(written).toEqual(['Rebuilding: 0 %, 1 done, 1/s\n']);
  });

  it('guesses the rest from what this run has done, not from what was there', () => {
    const { written, at } = screen(false);
    at(1_000, { done: 95, total: 100, items: 50, began: 90 });
    expect(written).toEqual(['Rebuilding: 95 %, 50 done, 50/s, 1 s to go\n']);
  });
});
