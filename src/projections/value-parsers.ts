import pg from 'pg';

const { builtins } = pg.types;

const withoutFraction = '2026-01-21 14:30:22+00'.length;

/** RFC 3339 UTC with milliseconds, from PostgreSQL's `2026-01-21 14:30:22.5+00`, or as its JSON has it. */
export function parseTimestamp(text: string): string {
  const digits = text.length - withoutFraction;
  // By far the most: a regular expression takes several times as long.
  if (
    digits <= 4 &&
    text[10] === ' ' &&
    text[19] === (digits > 0 ? '.' : '+') &&
    text.endsWith('+00')
  ) {
    const fraction = digits > 0 ? text.slice(19, -3) : '.';
    return `${text.slice(0, 10)}T${text.slice(11, 19)}${fraction.padEnd(4, '0')}Z`;
  }
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,3}))?\+00(?::00)?$/.exec(text);
  // Another time zone than the one we ask for, or more digits: a pooler between us and the server.
  if (match === null) return new Date(text).toISOString();
  const [, date, time, fraction = ''] = match;
  return `${date}T${time}.${fraction.padEnd(3, '0')}Z`;
}

/**
 * How column values become JavaScript: `timestamptz` an RFC 3339 UTC string with milliseconds,
 * `int8` a bigint, `json` and `jsonb` parsed, all else as node-pg has it. For these connections
 * only: node-pg's global parsers are left alone.
 */
export const valueParsers: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => {
    if (format !== 'binary' && oid === builtins.TIMESTAMPTZ) return parseTimestamp;
    if (format !== 'binary' && oid === builtins.INT8) return BigInt;
    return pg.types.getTypeParser(oid, format);
  },
};
