import { expect, test } from 'vitest';
import { allAnswered } from '../../src/projections/all-answered.ts';

test('the error that is thrown is that of the first statement, whichever is heard of first', async () => {
  const later = Promise.reject(new Error('current transaction is aborted'));
  const first = later.catch(() => {
    throw new Error('no UUID');
  });
  await expect(allAnswered([Promise.resolve(), first, later])).rejects.toThrow('no UUID');
});

test('it waits for the statements behind one that failed', async () => {
  let answer = () => {};
  const last = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let heard = false;
  const done = allAnswered([Promise.reject(new Error('refused')), last]).finally(() => {
    heard = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toBe(false);
  answer();
  await expect(done).rejects.toThrow('refused');
});
