import type { JsonObject } from '../../events/event-store.ts';
import { invalidRequest } from '../../http/validation.ts';

/**
 * A body under its canonical names. Throws `VALIDATION_ERROR` when a field and its alias are both
 * given and differ.
 */
export function canonical(
  body: JsonObject,
  aliases: { readonly [alias: string]: string },
): JsonObject {
  const renamed: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(body)) {
    const name = aliases[key] ?? key;
    if (name in renamed && renamed[name] !== value) {
      const message = `is the same field as ${name}, and says something else`;
      const alias = Object.keys(aliases).find((a) => aliases[a] === name && a in body) ?? key;
      throw invalidRequest([{ location: 'body', path: alias, message }]);
    }
    renamed[name] = value;
  }
  return renamed;
}
