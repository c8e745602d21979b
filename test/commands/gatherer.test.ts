import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Gatherer } from '../../src/commands/gatherer.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp(maxWaiting = 100) {
  const batches: (readonly number[])[] = [];
  const gatherer = new Gatherer<number, string>({
    handle: async (items) => {
      batches.push(items);
      if (items.includes(0)) throw new Error('away');
      return items.join();
    },
    lingerMs: 250,
    maxWaiting,
  });
  return { gatherer, batches };
}

test('the first is handled at once, what follows together, and all hear what became of it', async () => {
  const { gatherer, batches } = setUp();
  const results = [1, 2, 3].map((item) => gatherer.add('a', item));
  expect(await results[0]).toBe('1');
  expect(batches).toEqual([[1]]);
  await vi.advanceTimersByTimeAsync(250);
  expect(await Promise.all(results)).toEqual(['1', '2,3', '2,3']);
});

test('keys do not wait for each other', async () => {
  const { gatherer, batches } = setUp();
  await Promise.all([gatherer.add('a', 1), gatherer.add('b', 2)]);
  expect(batches).toEqual([[1], [2]]);
});

test('a failure is everybody’s, and the next batch is another matter', async () => {
  const { gatherer } = setUp();
  await gatherer.add('a', 1);
  const failing = Promise.allSettled([gatherer.add('a', 0), gatherer.add('a', 2)]);
  await vi.advanceTimersByTimeAsync(250);
  expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const next = gatherer.add('a', 3);
  await vi.advanceTimersByTimeAsync(250);
  expect(await next).toBe('3');
});

test('with too many waiting nobody waits any longer', async () => {
  const { gatherer, batches } = setUp(3);
  const all = [1, 2, 3].flatMap((item) => [gatherer.add('a', item), gatherer.add('b', -item)]);
  await Promise.all(all.slice(0, 5));
  expect(batches).toEqual([[1], [-1], [2, 3], [-2]]);
  await vi.advanceTimersByTimeAsync(250);
  await Promise.all(all);
});

test('leaves no timer behind', async () => {
  const { gatherer } = setUp();
  await gatherer.add('a', 1);
  await vi.advanceTimersByTimeAsync(250);
  expect(vi.getTimerCount()).toBe(0);
});
