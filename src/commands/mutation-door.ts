import { randomUUID } from 'node:crypto';
import type { MessageHandler } from '../bloodbank/consumer.ts';
import type { InboundMessage } from '../bloodbank/envelope-in.ts';
import type { CommandHandler } from './command.ts';
import { Gatherer } from './gatherer.ts';
import { type Handled, type InboundDoorOptions, inboundDoor } from './inbound-door.ts';
import { originOf } from './inbound-origin.ts';
import { mergeMutations } from './translation/merge-mutations.ts';
import type { Observation } from './translation/observation.ts';
import { maxPathsOfMutation } from './translation/tool-mutation.ts';
import type { Directed, Translation } from './translation/translation.ts';
import { maxPaths } from './work-item-activity-schemas.ts';

export interface MutationDoorOptions extends InboundDoorOptions {
  readonly handler: CommandHandler;
  /** What a message means; throws `MalformedMessageError` when that cannot be told. */
  readonly translate: (message: InboundMessage) => Translation;
  readonly attribute: (observation: Observation) => Promise<Directed>;
  /** RFC 3339 UTC. */
  readonly now: () => string;
  /** How many messages may be in hand at once. */
  readonly prefetch: number;
  /** How long mutations at one place gather. */
  readonly lingerMs?: number;
}

interface Seen {
  readonly message: InboundMessage;
  readonly observation: Observation;
}

const defaultLingerMs = 250;

// So that all their files fit into one command.
const maxGathered = maxPaths / maxPathsOfMutation;

/**
 * The door of tool mutations: every file edit of every agent is a message, so those at one place
 * are gathered into one command. Told again they change nothing, by what they say: a file that is
 * known is no news. So their commands need no id that lasts.
 */
export function mutationDoor(options: MutationDoorOptions): MessageHandler {
  const { handler, translate, attribute, now, prefetch, log } = options;
  const gatherer = new Gatherer<Seen, Handled>({
    handle,
    lingerMs: options.lingerMs ?? defaultLingerMs,
    // The broker sends no more while all that it may send is waiting.
    maxWaiting: Math.max(1, Math.min(maxGathered, Math.floor(prefetch / 2))),
  });

  async function handle(seen: readonly Seen[]): Promise<Handled> {
    const [first] = seen;
    if (first === undefined) return { kind: 'settled' };
    const directed = await attribute(mergeMutations(seen.map(({ observation }) => observation)));
    if (directed.kind === 'ignored') return directed;
    const { name, body } = directed.command;
    const origin = originOf(first.message);
    const command = { name, body, id: randomUUID(), ...origin, fresh: true, now: now() };
    const { status } = await handler.handle(command);
    log.debug({ command: name, messages: seen.length, status }, 'Translated');
    return { kind: 'settled' };
  }

  return inboundDoor(options, async (message) => {
    const translation = translate(message);
    switch (translation.kind) {
      case 'ignored':
        return translation;
      case 'observation': {
        const { observation } = translation;
        return gatherer.add(JSON.stringify(observation.where), { message, observation });
      }
      case 'command':
        throw new Error(`A mutation does not amount to ${translation.command.name} by itself`);
    }
  });
}
