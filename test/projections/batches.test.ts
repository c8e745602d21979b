import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import { batchesOf } from '../../src/projections/batches.ts';

async function* numbers(count: number, onAsked: (n: number) => void = () => {}) {
  for (let n = 0; n < count; n += 1) {
    onAsked(n);
    yield [n];
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('all items come once, in order, in batches no larger than allowed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(200),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 40 }),
      async (count, maxBatch, capacity) => {
        const seen: number[] = [];
        for await (const batch of batchesOf(numbers(count), { maxBatch, capacity })) {
          expect(batch.length).toBeLessThanOrEqual(maxBatch);
          seen.push(...batch);
          if (seen.length % 3 === 0) await turn();
        }
        expect(seen).toEqual(Array.from({ length: count }, (_, n) => n));
      },
    ),
  );
});

test('the source is asked for no more than there is room for', async () => {
  let asked = -1;
  const source = numbers(1_000, (n) => {
    asked = n;
  });
  let handed = 0;
  for await (const batch of batchesOf(source, { maxBatch: 5, capacity: 20 })) {
    handed += batch.length;
    await turn();
    expect(asked - handed).toBeLessThanOrEqual(20);
  }
  expect(handed).toBe(1_000);
});

test('what came before an error of the source is handed out before the error', async () => {
  async function* failing() {
    yield* numbers(7);
    throw new Error('the source fails');
  }
  const seen: number[] = [];
  const consume = async () => {
    for await (const batch of batchesOf(failing(), { maxBatch: 2, capacity: 10 })) {
      seen.push(...batch);
    }
  };
  await expect(consume()).rejects.toThrow('the source fails');
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test('a batch that is awaited gathers nothing', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const source = new PassThrough({ objectMode: true });
  const seen: number[][] = [];
  const limits = { maxBatch: 3, capacity: 10, gatherMs: 10, isAwaited: () => true };
  const consumed = (async () => {
    for await (const batch of batchesOf<number>(source, limits)) seen.push([...batch]);
  })();
  for (const item of [1, 2, 3]) {
    source.write([item]);
    await turn();
  }
  expect(seen).toEqual([[1], [2], [3]]);
  source.end();
  await consumed;
});

test('a batch that is not full waits until so much time has passed since the one before', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const source = new PassThrough({ objectMode: true });
  const limits = { maxBatch: 3, capacity: 10, gatherMs: 10 };
  const seen: number[][] = [];
  const consumed = (async () => {
    for await (const batch of batchesOf<number>(source, limits)) seen.push([...batch]);
  })();
  const come = async (...items: number[]) => {
    source.write(items);
    await turn();
  };
  await come(1);
  expect(seen).toEqual([[1]]);
  await come(2);
  await come(3);
  expect(seen).toEqual([[1]]);
  await vi.advanceTimersByTimeAsync(10);
  expect(seen).toEqual([[1], [2, 3]]);
  await come(4, 5, 6, 7);
  expect(seen).toEqual([[1], [2, 3], [4, 5, 6]]);
  source.end();
  await vi.advanceTimersByTimeAsync(10);
  await consumed;
  expect(seen).toEqual([[1], [2, 3], [4, 5, 6], [7]]);
});
