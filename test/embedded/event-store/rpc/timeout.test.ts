import { expect, test } from 'vitest';
import { timeoutMs } from '../../../../src/embedded/event-store/rpc/timeout.ts';

test.each([
  ['1H', 3_600_000],
  ['2M', 120_000],
  ['10S', 10_000],
  ['9999m', 9999],
  ['5000u', 5],
  ['1000000n', 1],
])('reads the time that a caller gives: %s', (header, ms) => {
  expect(timeoutMs(header)).toBeCloseTo(ms);
});

test.each([undefined, '', 'soon', '10', '-1S', '123456789S', '99999999H'])(
  'keeps no time from %s',
  (header) => {
    expect(timeoutMs(header)).toBeNull();
  },
);
