import { expect, it } from 'vitest';
import { decades, linear, logarithmic, ticks } from '../../../bench/plot/scale.ts';

it('draws nothing at 0 and the most at the end', () => {
  const x = linear(200, 100, 500);
  expect([0, 50, 200].map(x)).toEqual([100, 200, 500]);
});

it('draws a scale of nothing but zeroes at its beginning', () => {
  expect(linear(0, 100, 500)(0)).toBe(100);
});

it('gives equal ratios equal distances on a logarithmic axis', () => {
  const x = logarithmic(1, 10_000, 0, 400);
  expect([1, 10, 100, 1_000, 10_000].map((value) => Math.round(x(value)))).toEqual([
    0, 100, 200, 300, 400,
  ]);
});

it('encloses values between powers of ten, and a single one too', () => {
  expect(decades([3, 45, 220])).toEqual({ min: 1, max: 1_000 });
  expect(decades([100])).toEqual({ min: 100, max: 1_000 });
  expect(ticks(decades([0.5, 20]))).toEqual([0.1, 1, 10, 100]);
});
