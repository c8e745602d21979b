import { z } from 'zod';
import { queryText } from '../http/schemas/fields.ts';
import { unstorablePath } from '../storable-text.ts';

export const activeFilter = z.enum(['true', 'false', 'all']);

/** A JSON object as text, small enough to be asked of the database. */
export const jsonObjectText = queryText(4096).transform((text, context) => {
  const object = parsed(text);
  if (object !== null && unstorablePath(object) === null) return object;
  context.addIssue({ code: 'custom', message: 'must be a JSON object' });
  return z.NEVER;
});

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
