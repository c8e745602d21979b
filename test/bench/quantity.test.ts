import { expect, it } from 'vitest';
import { latency, rate, share, times, written } from '../../bench/quantity.ts';

it('writes the median with the least and the most of several runs', () => {
  expect(written(rate([1_180, 1_100, 1_149]))).toBe('1,149 (1,100–1,180) commands/s');
});

it('writes one run without a spread', () => {
  expect(written(rate([4_153], 'messages/s'))).toBe('4,153 messages/s');
});

it('takes a percentile of each run, and writes short times to a tenth', () => {
  const runs = [
    [1, 2, 3],
    [2, 4, 30],
  ];
  expect(latency(runs).map(written)).toEqual(['p50 3.0 (2.0–4.0) ms', 'p99 17 (3.0–30) ms']);
});

it('compares medians', () => {
  const [imi, relay] = [rate([500, 600, 550]), rate([1_100])];
  expect(share(imi, relay)).toBe('50 %');
  expect(times(relay, imi)).toBe('2.0 ×');
});
