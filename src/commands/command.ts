import type { Refusal } from '../errors.ts';
import type { JsonObject, NewEvent } from '../events/event-store.ts';

/** Where a command came from, recorded with every event it causes. */
export interface CommandOrigin {
  /** API key name, agent id or producer. */
  readonly actor: string;
  readonly source: { readonly host: string; readonly type: string; readonly app: string };
}

/** A command at the handler's door, whichever way it came. The body has not been checked yet. */
export interface IncomingCommand extends CommandOrigin {
  /** Name without `imi.cmd.`, such as `start_work`. */
  readonly name: string;
  readonly id: string;
  /** The id as the sender wrote it, when it was not a UUID. */
  readonly originalId?: string;
  /**
   * True when the id is iMi's own, drawn for this request or derived by a policy from an event, so
   * that it cannot come again with another request and need not be claimed.
   */
  readonly fresh: boolean;
  readonly correlationId: string;
  readonly causationId: string;
  readonly body: unknown;
  /** RFC 3339 UTC: the one clock reading of this command. */
  readonly now: string;
  /** Revision the entity must have (`If-Match`). */
  readonly ifRevision?: number;
  /** When it is no longer worth doing, in milliseconds since 1970. */
  readonly expiresAt?: number;
  /** What its door has against it: recorded as its outcome, unless it had one before. */
  readonly refusal?: Refusal;
}

/** An event that a command wrote, and its place in its stream. */
export interface WrittenEvent extends NewEvent {
  readonly streamId: string;
  readonly revision: number;
}

interface Answered {
  readonly commandId: string;
  /** Ids of what the command was about, under their long names: `project_id`, `work_item_id` and so on. */
  readonly ids: { readonly [name: string]: string };
  /** Place in `$all` up to which a read model must have come to show this outcome. */
  readonly position: bigint | null;
}

/** `accepted`: events were written. `unchanged`: all was so already. Both are the one outcome of this id. */
export interface Success extends Answered {
  readonly status: 'accepted' | 'unchanged';
  readonly events: readonly WrittenEvent[];
  /** Revision of the entity after the command: its ETag. */
  readonly revision: number;
}

export interface Rejected extends Answered {
  readonly status: 'rejected';
  readonly error: Refusal;
}

export type Outcome = Success | Rejected;

/** What a dry run answers: the events that would be written. */
export type Rehearsal =
  | { readonly status: 'accepted'; readonly events: readonly PlannedEvent[] }
  | { readonly status: 'unchanged'; readonly events: readonly []; readonly ids: Answered['ids'] }
  | { readonly status: 'rejected'; readonly error: Refusal };

export interface PlannedEvent {
  readonly type: string;
  readonly data: JsonObject;
}

/**
 * The one handler behind every door.
 * `handle` answers with the command's one outcome, also when it is asked again; it throws
 * `StoreUnavailableError` when the event store is away, and then the same command may be sent again.
 */
export interface CommandHandler {
  handle(command: IncomingCommand): Promise<Outcome>;
  rehearse(command: IncomingCommand): Promise<Rehearsal>;
}
