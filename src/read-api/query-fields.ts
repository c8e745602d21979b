import { z } from 'zod';
import {
  acceptedOriginForms,
  parseRemoteOrigin,
  type RemoteOrigin,
} from '../events/remote-origin.ts';
import { queryText } from '../http/schemas/fields.ts';
import { invalidRequest } from '../http/validation.ts';
import { unstorablePath } from '../storable-text.ts';

export const activeFilter = z.enum(['true', 'false', 'all']);

/** The `remote_origin` of a query, in any accepted form. Throws `VALIDATION_ERROR` when it is in none. */
export function originOf(remoteOrigin: string, remoteHosts: readonly string[]): RemoteOrigin {
  const origin = parseRemoteOrigin(remoteOrigin, remoteHosts);
  if (origin !== null) return origin;
  const message = `must be ${acceptedOriginForms}, on one of: ${remoteHosts.join(', ')}`;
  throw invalidRequest([{ location: 'query', path: 'remote_origin', message }]);
}

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
