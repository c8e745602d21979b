const special = /["\\]/g;

/**
 * A column of values as PostgreSQL's text of an array: texts quoted, all else as it is, null and
 * undefined as NULL. node-pg would make the same of it with two replacements for each text.
 */
export function arrayLiteral(values: readonly unknown[]): string {
  let literal = '{';
  for (const value of values) {
    if (literal.length > 1) literal += ',';
    if (typeof value === 'string') literal += `"${escaped(value)}"`;
    else literal += value === null || value === undefined ? 'NULL' : String(value);
  }
  return `${literal}}`;
}

const escaped = (text: string): string =>
  text.includes('"') || text.includes('\\') ? text.replace(special, '\\$&') : text;
