import type { Refusal } from '../errors.ts';
import type { JsonObject } from '../events/event-store.ts';
import type { PlannedEvent } from './command.ts';

/** A unique key that must be held before the events may be written. */
export interface Reservation {
  readonly kind: 'origin' | 'branch' | 'pr' | 'component' | 'issue';
  readonly key: string;
  /** The refusal when the key belongs to the entity with this id. */
  readonly taken: (holderId: string) => Refusal;
}

/** What a decider answers: events to write, nothing to do, or no. */
export type Decision =
  | {
      readonly kind: 'events';
      readonly events: readonly PlannedEvent[];
      readonly reserve?: Reservation;
    }
  | { readonly kind: 'unchanged'; readonly ids: { readonly [name: string]: string } }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Everything a decider may know beside the state and the command: no clock, no I/O of its own. */
export interface DecisionContext {
  /** RFC 3339 UTC. */
  readonly now: string;
  readonly actor: string;
  /** Id of the entity the command is addressed to, also when it does not exist yet. */
  readonly entityId: string;
  readonly homeDir: string;
  readonly remoteHosts: readonly string[];
  readonly syncHeartbeatSeconds: number;
  readonly activityCoalesceSeconds: number;
}

export const write = (events: readonly PlannedEvent[], reserve?: Reservation): Decision =>
  reserve ? { kind: 'events', events, reserve } : { kind: 'events', events };

export const unchanged = (ids: { readonly [name: string]: string }): Decision => ({
  kind: 'unchanged',
  ids,
});

export const refuse = (
  code: Refusal['code'],
  message: string,
  params: JsonObject = {},
): Decision => ({ kind: 'refused', refusal: { code, message, params } });
