import { hash, randomUUID } from 'node:crypto';
import type { Refusal } from '../errors.ts';
import {
  type EventStore,
  type NewEvent,
  type RecordedEvent,
  WrongRevisionError,
} from '../events/event-store.ts';
import { eventIdOf } from '../events/ids.ts';
import { redact, redactText } from '../redact.ts';
import type { IncomingCommand } from './command.ts';
import { metadataOf } from './event-metadata.ts';

/** What an id was used for before: its refusal, or the stream that has, or will have, its outcome. */
export type EarlierUse =
  | { readonly kind: 'refused'; readonly event: RecordedEvent }
  | {
      readonly kind: 'claimed';
      /** Name of the command that claimed the id. */
      readonly command: string;
      readonly target: string;
      readonly requestHash: string;
    };

/** A digest of what a command asks, the same whichever door it came through. */
export const requestHashOf = (name: string, parsed: unknown): string =>
  hash('sha256', JSON.stringify([name, parsed]));

/**
 * One outcome per command id, ever (spec/domain.md, "Commands"): stream `command-{id}` binds an id
 * that came from outside to the stream that will hold its outcome, before anything is written
 * there. However often and wherever the id comes again, it is led to the same stream, and that
 * stream's expected revision lets one outcome in.
 */
export class CommandIds {
  readonly #store: EventStore;

  constructor(store: EventStore) {
    this.#store = store;
  }

  /** Binds the id; answers its earlier use when there is one, else null. */
  async claim(
    command: IncomingCommand,
    target: string,
    requestHash: string,
  ): Promise<EarlierUse | null> {
    const event: NewEvent = {
      // A random id: a second claim must be seen as such, not pass for a repetition of the first.
      id: randomUUID(),
      type: 'command.claimed',
      data: { command: command.name, target, request_hash: requestHash },
      metadata: metadataOf(command),
    };
    return this.#first(command, event);
  }

  /** Records the refusal of a command that is addressed to no entity; answers an earlier use of its id. */
  async refuse(command: IncomingCommand, refusal: Refusal): Promise<RecordedEvent | EarlierUse> {
    const event = refusalEvent(command, refusal);
    const earlier = await this.#first(command, event);
    if (earlier !== null) return earlier;
    const recorded = await this.#store.readLast(streamOf(command.id));
    if (recorded === null) throw new Error('A refusal that was just written cannot be read');
    return recorded;
  }

  async #first(command: IncomingCommand, event: NewEvent): Promise<EarlierUse | null> {
    try {
      await this.#store.append(streamOf(command.id), 'no_stream', [event]);
      return null;
    } catch (error) {
      if (!(error instanceof WrongRevisionError)) throw error;
      return this.#earlierUse(command.id);
    }
  }

  async #earlierUse(commandId: string): Promise<EarlierUse> {
    const event = await this.#store.readLast(streamOf(commandId));
    if (event === null) throw new Error('A stream that exists cannot be read');
    if (event.type === 'imi.cmd.failed') return { kind: 'refused', event };
    const { command, target, request_hash } = event.data;
    return {
      kind: 'claimed',
      command: String(command),
      target: String(target),
      requestHash: String(request_hash),
    };
  }
}

const streamOf = (commandId: string): string => `command-${commandId}`;

/** The refusal of a command whose id belongs to another. */
export const idReusedRefusal = (commandId: string): Refusal => ({
  code: 'CONFLICT',
  message: 'This command id was used for another command; send this one with an id of its own',
  params: { command_id: commandId },
});

/** The record of a refusal, which is also the answer on the bus. */
export function refusalEvent(command: IncomingCommand, refusal: Refusal): NewEvent {
  const data = {
    command: command.name,
    command_id: command.id,
    request: redact(command.body),
    error: {
      code: refusal.code,
      message: redactText(refusal.message),
      params: redact(refusal.params),
    },
  };
  const id = eventIdOf(command.id, 'failed', data, command.now);
  return { id, type: 'imi.cmd.failed', data, metadata: metadataOf(command) };
}
