import type { Refusal } from '../errors.ts';
import type { JsonObject } from '../events/event-store.ts';
import { metadata as metadataSchema } from './fields.ts';

const isObject = (value: unknown): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** JSON Merge Patch (RFC 7396) of one object over another: null removes, objects merge, the rest replaces. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map(Object.entries(target));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else if (!isObject(value)) merged.set(key, value);
    else {
      const before = merged.get(key);
      merged.set(key, mergePatch(isObject(before) ? before : {}, value));
    }
  }
  return Object.fromEntries(merged);
}

/** An entity's metadata with a patch over it, or the refusal when the two are too much together. */
export function patchedMetadata(
  target: JsonObject,
  patch: JsonObject = {},
): { readonly metadata: JsonObject } | { readonly refusal: Refusal } {
  const metadata = mergePatch(target, patch);
  const problem = metadataSchema.safeParse(metadata).error?.issues[0];
  if (problem === undefined) return { metadata };
  const { message } = problem;
  const params = { errors: [{ path: 'metadata', message }] };
  const sentence = `metadata, once merged, ${message}`;
  return { refusal: { code: 'VALIDATION_ERROR', message: sentence, params } };
}
