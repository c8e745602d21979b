import type { JsonObject } from '../../events/event-store.ts';
import type { CommandName } from '../definitions.ts';
import type { Observation } from './observation.ts';

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
  /** Plane's, about something iMi does not keep: cycles, modules, comments. */
  | 'plane_event_not_kept'
  /** Names no ticket of a known Plane project. */
  | 'no_ticket'
  /** A project webhook without the identifier, such as a deletion. */
  | 'no_identifier'
  /** Tags move no branch. */
  | 'tag'
  /** The trunk moves with every merge, and is nobody's work. */
  | 'trunk'
  /** Of a repository that is a copy of ours. */
  | 'fork'
  /** Of a repository on a host that is not among `IMI_REMOTE_HOSTS`. */
  | 'foreign_repository'
  /** A look at a checkout whose work has ended. */
  | 'work_ended'
  /** GitHub's, about something iMi does not keep: issues, stars, reviews. */
  | 'github_event_not_kept'
  /** Names neither a branch nor a checkout to go by. */
  | 'no_place'
  /** A deploy or a run that has not come to its end. */
  | 'unfinished';

/** What a message of the ecosystem means to iMi. */
export type Translation =
  | { readonly kind: 'command'; readonly command: TranslatedCommand }
  | { readonly kind: 'observation'; readonly observation: Observation }
  | { readonly kind: 'ignored'; readonly reason: IgnoredReason };

/** A translation of which is known whom it is about. */
export type Directed = Exclude<Translation, { readonly kind: 'observation' }>;

/** A message that asks nothing of iMi. */
export const ignored = (reason: IgnoredReason): Directed => ({ kind: 'ignored', reason });

/** A message that amounts to a command by itself. */
export const translated = (command: TranslatedCommand): Directed => ({
  kind: 'command',
  command,
});

/** A message that tells of something whose work has yet to be found. */
export const observed = (observation: Observation): Translation => ({
  kind: 'observation',
  observation,
});
