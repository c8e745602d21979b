import { expect, test } from 'vitest';
import { queryInteger } from '../../src/http/schemas/fields.ts';

test.each(['-1', '501', '1.5', 'ten', '', '1e2', ['1', '2']])(
  'a limit of %j is told what it may be',
  (text) => {
    const { error } = queryInteger(1, 500).safeParse(text);
    expect(error?.issues.map(({ message }) => message)).toEqual([
      'must be a whole number from 1 to 500',
    ]);
  },
);

test('one in reach is a number', () => {
  expect(queryInteger(1, 500).parse('500')).toBe(500);
});
