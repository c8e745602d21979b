import type { Dice } from './dice.ts';
import { type Secrecy, secret, secretNames } from './secrets.ts';

/** JSON's own text for what JSON.stringify would not write, between marks that are cut out later. */
const literally = (text: string): string => `@@literally:${text}@@`;

const numbers = [
  ...['1e400', '-1e400', '-0', '9007199254740993', '1e-400', '123456789012345678901234567890'],
  ...['-1', '0', '0.1', '2147483647', '2147483648', '1E+2'],
].map(literally);

const texts: readonly string[] = [
  '',
  ' ',
  'null',
  '__proto__',
  'a\0b',
  '\0',
  literally('"\\ud800"'),
  literally('"x\\udfff\\ud800y"'),
  '\u202e\u2066right to left\u2069',
  '\ufeffmark',
  `e${'\u0301'.repeat(500)}`,
  '😀'.repeat(130),
  'ß'.repeat(255),
  '\r\nX-Injected: 1',
  "'; DROP TABLE projects; --",
  '$1',
  '%s%n%x',
  '../../etc/passwd',
  '..\\..\\',
  '{{7*7}}#{7*7}',
  '<script>alert(1)</script>',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '0000000000000000000000000000000000000000',
  'refs/heads/main',
  'refs/tags/v1',
  '-1',
  'true',
  '9'.repeat(400),
  '2026-02-30T00:00:00Z',
  '+275760-09-13T00:00:00.001Z',
  '-000001-01-01T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:60Z',
  'Thu, 01 Jan 1970 00:00:00 GMT',
];

const lengths = [201, 256, 501, 1001, 4097, 10_001, 70_000];

function nested(dice: Dice): unknown {
  const depth = dice.pick([7, 17, 33, 200, 2000]);
  const [open, close] = dice.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ]);
  return literally(`${open.repeat(depth)}1${close.repeat(depth)}`);
}

/** A value that nobody would put there. */
export function hostileValue(dice: Dice): unknown {
  switch (dice.below(9)) {
    case 0:
      return dice.pick([null, true, false, [], {}, [[]], [null], { a: null }]);
    case 1:
      return dice.pick(numbers);
    case 2:
      return dice.pick(['x', '漢', ' y']).repeat(dice.pick(lengths));
    case 3:
      return nested(dice);
    case 4:
      return Array.from({ length: dice.pick([51, 501, 3000, 11_000]) }, (_, i) => i);
    case 5:
      return Object.fromEntries(
        Array.from({ length: dice.pick([60, 2000]) }, (_, i) => [`k${i}`, i]),
      );
    default:
      return dice.pick(texts);
  }
}

/** A text for places that take nothing else: ids, names, parameters. */
export function hostileText(dice: Dice): string {
  return dice.chance(0.2) ? 'x'.repeat(dice.pick(lengths)) : withoutMarks(dice.pick(texts));
}

/** A field that nobody asked for: a credential more often than not, at times as its name. */
export function strayField(dice: Dice, secrecy: Secrecy): readonly [name: string, value: unknown] {
  if (dice.chance(0.1)) return [secret(dice, secrecy), 1];
  const name = dice.pick(['note', 'raw_payload', 'Env', 'constructor', ...secretNames]);
  return [name, dice.chance(0.7) ? secret(dice, secrecy) : hostileValue(dice)];
}

/** The JSON text of a value, with what was to be written literally. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value).replace(/"@@literally:((?:[^"\\]|\\.)*)@@"/g, (_, inner: string) =>
    JSON.parse(`"${inner}"`),
  );

const withoutMarks = (text: string): string => text.replace(/^@@literally:"?(.*?)"?@@$/s, '$1');
