import { expect, test } from 'vitest';
import { time } from '../../src/commands/fields.ts';

test.each([
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:30:00+01:00',
  '9999-12-31T23:30:00-01:00',
  'soon',
])('no store could hold the time %s', (text) => {
  expect(time.safeParse(text).success).toBe(false);
});

test('every other RFC 3339 time is taken', () => {
  for (const text of ['0001-01-01T00:00:00Z', '2026-01-21T14:30:22+05:30']) {
    expect(time.parse(text)).toBe(text);
  }
});
