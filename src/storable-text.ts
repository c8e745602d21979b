/**
 * Whether a text is without NUL, which PostgreSQL cannot hold, and without half of a surrogate pair,
 * which is no character at all.
 */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

/**
 * Path of the first value that no store could hold as it is: a text, key or value, or a number that
 * JSON.parse made infinite, which would be written as null. Null when there is none.
 */
export function unstorablePath(root: unknown): string | null {
  const open: { value: unknown; path: string }[] = [{ value: root, path: '' }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path } = next;
    if (typeof value === 'string' && !isStorable(value)) return path;
    if (typeof value === 'number' && !Number.isFinite(value)) return path;
    if (value === null || typeof value !== 'object') continue;
    for (const [key, item] of Object.entries(value)) {
      if (!isStorable(key)) return path;
      // A path is only shown: beyond some length nobody reads it, and nesting must stay cheap.
      const below = path.length > 100 ? path : path === '' ? key : `${path}.${key}`;
      open.push({ value: item, path: below });
    }
  }
  return null;
}
