import { isStorable } from '../storable-text.ts';

const rfc3339 = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const maxInteger = 2 ** 31 - 1;

/**
 * Throws when PostgreSQL could not hold a row: text with a NUL or half a surrogate pair, a count
 * below 0 or beyond `integer`, a column `…_at` that is no time of its calendar.
 * The database would say so itself, but only of the row that a batch ends with: an event that
 * cannot be stored would then park its stream or not by what happens to come after it in the
 * batch, and a rebuild would differ. Values that `known` has too are not judged again.
 */
export function assertStorable(row: object, known: object = nothing): void {
  const judged = known as Row;
  for (const column in row) {
    const value = (row as Row)[column];
    // Most of a row is as the event before has left it.
    if (value === null || value === judged[column]) continue;
    if (typeof value === 'number') {
      if (!Number.isInteger(value) || value < 0 || value > maxInteger) {
        throw new Error(`${column} is not between 0 and ${maxInteger}`);
      }
    } else if (column.endsWith('_at')) {
      if (!rfc3339.test(value as string) || Number.isNaN(Date.parse(value as string))) {
        throw new Error(`${column} is not an RFC 3339 time`);
      }
    } else if (!isStorableText(value)) {
      throw new Error(`${column} holds a character that PostgreSQL cannot store`);
    }
  }
}

type Row = { readonly [column: string]: unknown };

const nothing = {};

function isStorableText(value: unknown): boolean {
  if (typeof value === 'string') return isStorable(value);
  if (value === null || typeof value !== 'object') return true;
  if (Array.isArray(value)) return value.every(isStorableText);
  return Object.entries(value).every(([name, item]) => isStorable(name) && isStorableText(item));
}
