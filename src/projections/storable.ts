const unstorableText = /[\0\p{Surrogate}]/u;
const rfc3339 = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const maxInteger = 2 ** 31 - 1;

/**
 * Throws when PostgreSQL could not hold a row: text with a NUL or half a surrogate pair, a count
 * below 0 or beyond `integer`, a column `…_at` that is no time of its calendar.
 * The database would say so itself, but only of the row that a batch ends with: an event that
 * cannot be stored would then park its stream or not by what happens to come after it in the
 * batch, and a rebuild would differ.
 */
export function assertStorable(row: object): void {
  for (const [column, value] of Object.entries(row)) {
    if (typeof value === 'number') {
      if (!Number.isInteger(value) || value < 0 || value > maxInteger) {
        throw new Error(`${column} is not between 0 and ${maxInteger}`);
      }
    } else if (value !== null && column.endsWith('_at')) {
      if (!rfc3339.test(value) || Number.isNaN(Date.parse(value))) {
        throw new Error(`${column} is not an RFC 3339 time`);
      }
    } else if (!isStorableText(value)) {
      throw new Error(`${column} holds a character that PostgreSQL cannot store`);
    }
  }
}

function isStorableText(value: unknown): boolean {
  if (typeof value === 'string') return !unstorableText.test(value);
  if (value === null || typeof value !== 'object') return true;
  if (Array.isArray(value)) return value.every(isStorableText);
  return Object.entries(value).every(
    ([name, item]) => isStorableText(name) && isStorableText(item),
  );
}
