import type { EventType, ImiEvent } from '../../events/catalogue.ts';
import { reactionIdOf } from '../../events/ids.ts';
import type { IncomingCommand } from '../command.ts';
import type { CommandName } from '../definitions.ts';

/** A command that a policy asks for, of which its event gives the rest. */
export interface Reaction {
  readonly name: CommandName;
  readonly body: { readonly [field: string]: unknown };
  /** Sets apart the reactions of one policy to one event. */
  readonly subject: string;
}

/** What iMi itself does about an event (a process manager). */
export interface Policy {
  readonly name: string;
  /** The only events it is shown. */
  readonly reactsTo: readonly EventType[];
  /** Throws when a store is away: the event is then reacted to again. */
  react(event: ImiEvent): Promise<readonly Reaction[]>;
}

/**
 * The command of a reaction. Its id derives from the event, so that reacting again, after a crash
 * in the middle, changes nothing.
 */
export const reactionCommand = (
  policy: string,
  event: ImiEvent,
  { name, body, subject }: Reaction,
  at: { readonly now: string; readonly hostname: string },
): IncomingCommand => ({
  name,
  id: reactionIdOf(policy, event.id, subject),
  fresh: true,
  correlationId: event.metadata.$correlationId,
  causationId: event.id,
  actor: `policy:${policy}`,
  source: { host: at.hostname, type: 'service', app: 'imi' },
  body,
  now: at.now,
});
