import type { JsonObject } from '../../events/event-store.ts';
import type { CommandName } from '../definitions.ts';

/** A command that somebody else's event amounts to. */
export interface TranslatedCommand {
  readonly name: CommandName;
  /** Derived from what happened, so that the same change told again is the same command. */
  readonly id: string;
  readonly body: JsonObject;
}

/** Why a readable message asks nothing of iMi. A closed list: it becomes a metric label. */
export type IgnoredReason =
  /** Of a shape that nobody has documented. */
  | 'unknown_shape'
  /** GitHub's, come through the door of another vendor. */
  | 'github_event'
  /** Plane's, about something iMi does not keep: cycles, modules, comments. */
  | 'plane_event_not_kept'
  /** Names no ticket of a known Plane project. */
  | 'no_ticket'
  /** A project webhook without the identifier, such as a deletion. */
  | 'no_identifier';

/** What a message of the ecosystem means to iMi. */
export type Translation =
  | { readonly kind: 'command'; readonly command: TranslatedCommand }
  | { readonly kind: 'ignored'; readonly reason: IgnoredReason };

export const ignored = (reason: IgnoredReason): Translation => ({ kind: 'ignored', reason });

export const translated = (command: TranslatedCommand): Translation => ({
  kind: 'command',
  command,
});
