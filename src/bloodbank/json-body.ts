import type { JsonObject } from '../events/event-store.ts';
import { MalformedMessageError } from './malformed.ts';

export interface BodyLimits {
  readonly maxBytes: number;
  /** Levels of objects and arrays, the body itself being the first. */
  readonly maxDepth: number;
}

export const defaultBodyLimits: BodyLimits = { maxBytes: 1024 * 1024, maxDepth: 32 };

/** Reads a message's body: UTF-8 JSON, one object, within the limits; else `MalformedMessageError`. */
export function parseJsonBody(body: Uint8Array, limits: BodyLimits): JsonObject {
  if (body.byteLength > limits.maxBytes) {
    throw new MalformedMessageError(
      'body_too_large',
      `the body is larger than ${limits.maxBytes} bytes`,
    );
  }
  const value = parse(decode(body));
  if (!isObject(value)) {
    throw new MalformedMessageError('body_not_object', 'the body is not a JSON object');
  }
  if (deeperThan(value, limits.maxDepth)) {
    throw new MalformedMessageError(
      'body_too_deep',
      `the body nests deeper than ${limits.maxDepth} levels`,
    );
  }
  return value;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch {
    throw new MalformedMessageError('body_not_utf8', 'the body is not UTF-8');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the body.
    throw new MalformedMessageError('body_not_json', 'the body is not JSON');
  }
}

/** Level by level, because a recursion would overflow on what it is there to refuse. */
function deeperThan(root: object, maxDepth: number): boolean {
  let level: object[] = [root];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > maxDepth) return true;
    const next: object[] = [];
    for (const container of level) {
      for (const value of Object.values(container)) {
        if (typeof value === 'object' && value !== null) next.push(value);
      }
    }
    level = next;
  }
  return false;
}
