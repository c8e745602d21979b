import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { twoAtOnce } from '../../src/projections/two-at-once.ts';

test('work is done for each item in order, never for more than two at a time', async () => {
  const done: number[] = [];
  let [under, most] = [0, 0];
  await twoAtOnce([1, 2, 3, 4, 5], async (item) => {
    under += 1;
    most = Math.max(most, under);
    done.push(item);
    await delay(1);
    under -= 1;
  });
  expect(done).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

test('after an error nothing more is begun, and what is under way comes to its end', async () => {
  const ended: number[] = [];
  const working = twoAtOnce([1, 2, 3, 4], async (item) => {
    if (item === 1) throw new Error('refused');
    await delay(5);
    ended.push(item);
  });
  await expect(working).rejects.toThrow('refused');
  expect(ended).toEqual([2]);
});
