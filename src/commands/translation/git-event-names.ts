import type { InboundMessage } from '../../bloodbank/envelope-in.ts';
import { isObject } from '../../bloodbank/json-body.ts';
import type { JsonObject } from '../../events/event-store.ts';
import type { PrState } from '../../events/pull-request.ts';
import { layersOf } from './recognise.ts';

/** What an event says it is by its name. */
export type GitEventName =
  | { readonly kind: 'push' | 'sync' }
  | { readonly kind: 'pull_request'; readonly state?: PrState };

const prStatesByVerb: { readonly [verb: string]: PrState } = {
  opened: 'open',
  created: 'open',
  reopened: 'open',
  merged: 'merged',
  closed: 'closed',
};

/** The name in the message's own fields or in GitHub's header, else its type or routing key. */
export const claimedBy = (message: InboundMessage): GitEventName | undefined =>
  namedIn(message.payload) ?? read(message.type);

/** The name that a payload, or what it wraps, gives itself. */
export function namedIn(payload: JsonObject): GitEventName | undefined {
  for (const layer of layersOf(payload)) {
    const { event_type, event, type } = layer;
    for (const value of [githubHeader(layer), event_type, event, type]) {
      const name = read(value);
      if (name !== undefined) return name;
    }
  }
  return undefined;
}

/** `push`, `git.push`, `pull_request`, `github.pr.created`, `git.sync_completed`, under any prefix. */
function read(value: unknown): GitEventName | undefined {
  if (typeof value !== 'string' || value.length > 200) return undefined;
  const words = value.trim().toLowerCase().split('.');
  const [subject = '', verb = ''] = words.slice(-2);
  const last = words.at(-1);
  if (last === 'push') return { kind: 'push' };
  if (last === 'sync_completed') return { kind: 'sync' };
  if (last === 'pr' || last === 'pull_request') return { kind: 'pull_request' };
  if (subject !== 'pr' && subject !== 'pull_request') return undefined;
  const state = Object.hasOwn(prStatesByVerb, verb) ? prStatesByVerb[verb] : undefined;
  return { kind: 'pull_request', ...(state !== undefined && { state }) };
}

/** Some relays hand the headers on as lists. */
function githubHeader({ headers }: JsonObject): unknown {
  if (!isObject(headers)) return undefined;
  const entry = Object.entries(headers).find(([name]) => name.toLowerCase() === 'x-github-event');
  return Array.isArray(entry?.[1]) ? entry[1][0] : entry?.[1];
}
