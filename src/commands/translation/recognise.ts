import { isObject } from '../../bloodbank/json-body.ts';
import type { JsonObject } from '../../events/event-store.ts';

/** Whose body a message carries, told by its shape: routing keys and providers may be wrong. */
export type Recognised =
  /** A webhook of Plane: what happened to what, and its data. */
  | { readonly kind: 'plane_webhook'; readonly body: JsonObject }
  /** The documented minimal form, or anything else that names a ticket by itself. */
  | { readonly kind: 'ticket_notice'; readonly body: JsonObject }
  | { readonly kind: 'github'; readonly body: JsonObject }
  | { readonly kind: 'unknown' };

const wrappers = ['body', 'payload'];
const deepest = 4;

/** Names under which a ticket is named outside of Plane's own bodies. */
export const ticketNames = ['ticket_id', 'plane_ticket_id', 'identifier'] as const;

/**
 * Finds the vendor's body in a payload, raw or wrapped (`body` or `payload`, as an object or as
 * JSON text), and tells whose it is. Never throws.
 */
export function recognise(payload: JsonObject): Recognised {
  for (const body of layersOf(payload)) {
    const kind = kindOf(body);
    if (kind !== null) return { kind, body };
  }
  return { kind: 'unknown' };
}

/** A payload, then what it wraps, and what that wraps: the vendor's body may be any of them. */
export function layersOf(payload: JsonObject): readonly JsonObject[] {
  const layers: JsonObject[] = [];
  for (
    let body: JsonObject | null = payload;
    body !== null && layers.length < deepest;
    body = unwrapped(body)
  ) {
    layers.push(body);
  }
  return layers;
}

function kindOf(body: JsonObject): 'plane_webhook' | 'ticket_notice' | 'github' | null {
  if (isGithub(body)) return 'github';
  if (typeof body.event === 'string' && typeof body.action === 'string' && 'data' in body) {
    return 'plane_webhook';
  }
  return ticketNames.some((name) => name in body) ? 'ticket_notice' : null;
}

/** Every webhook of GitHub names its repository, or its organisation, and who set it off. */
export function isGithub(body: JsonObject): boolean {
  const { repository, organization, sender, hook } = body;
  if (isObject(repository)) {
    return ['full_name', 'clone_url', 'ssh_url'].some(
      (name) => typeof repository[name] === 'string',
    );
  }
  const login = isObject(sender) ? sender.login : undefined;
  return typeof login === 'string' && (isObject(organization) || isObject(hook));
}

function unwrapped(holder: JsonObject): JsonObject | null {
  for (const name of wrappers) {
    const inner = holder[name];
    if (isObject(inner)) return inner;
    if (typeof inner === 'string') {
      const parsed = parsedObject(inner);
      if (parsed !== null) return parsed;
    }
  }
  return null;
}

function parsedObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
