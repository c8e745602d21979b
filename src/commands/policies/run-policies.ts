import type { Logger } from 'pino';
import { Backoff } from '../../backoff.ts';
import { decodeEvent, type ImiEvent } from '../../events/catalogue.ts';
import { CheckpointSaver } from '../../events/checkpoint-saver.ts';
import type { EventStore, RecordedEvent } from '../../events/event-store.ts';
import { StreamCheckpoint } from '../../events/stream-checkpoint.ts';
import type { CommandHandler } from '../command.ts';
import { type Policy, reactionCommand } from './policy.ts';

export interface PolicyDependencies {
  readonly store: EventStore;
  readonly handler: CommandHandler;
  readonly policies: readonly Policy[];
  readonly hostname: string;
  readonly log: Logger;
  /** RFC 3339 UTC. */
  readonly now: () => string;
}

const retryDelays = { firstMs: 100, maxMs: 10_000 };

/**
 * Follows `$all` from the checkpoint `policies` and carries out what the policies ask for, each
 * event in turn. Ends when the signal aborts; throws `StoreUnavailableError` when the subscription
 * breaks off and `CheckpointLostError` when another process leads: start it again after a while.
 */
export async function runPolicies(deps: PolicyDependencies, signal: AbortSignal): Promise<void> {
  const { store, hostname, now } = deps;
  const checkpoint = await StreamCheckpoint.load({ store, name: 'policies', hostname, now });
  const stopped = new AbortController();
  const saver = new CheckpointSaver(checkpoint, (error) => stopped.abort(error));
  const both = AbortSignal.any([signal, stopped.signal]);
  let { lastEvent } = checkpoint.current;
  const options = {
    after: checkpoint.current.position,
    typePrefixes: [...new Set(deps.policies.flatMap(({ reactsTo }) => reactsTo))],
    signal: both,
  };
  try {
    for await (const message of store.subscribe(options)) {
      const position = message.kind === 'event' ? message.event.position : message.position;
      if (message.kind === 'event') {
        if (!(await react(deps, message.event, both))) break;
        lastEvent = position;
      }
      saver.offer({ position, lastEvent });
    }
  } finally {
    // What is not saved is reacted to again, which changes nothing.
    await saver
      .flush()
      .catch((err: unknown) => deps.log.warn({ err }, 'a checkpoint was not saved'));
  }
  stopped.signal.throwIfAborted();
}

/** Sees to it that every reaction has its outcome, however long that takes; false when told to stop. */
async function react(
  { handler, policies, hostname, log, now }: PolicyDependencies,
  recorded: RecordedEvent,
  signal: AbortSignal,
): Promise<boolean> {
  const event = readable(recorded, log);
  if (event === null) return true;
  const backoff = new Backoff(retryDelays);
  while (!signal.aborted) {
    try {
      for (const policy of policies.filter(({ reactsTo }) => reactsTo.includes(event.type))) {
        for (const reaction of await policy.react(event)) {
          const at = { now: now(), hostname };
          const outcome = await handler.handle(reactionCommand(policy.name, event, reaction, at));
          log.debug({ policy: policy.name, event: event.id, status: outcome.status }, 'reacted');
        }
      }
      return true;
    } catch (err) {
      log.warn({ err, event: recorded.id, type: recorded.type }, 'a policy has to react again');
      await backoff.wait(signal);
    }
  }
  return false;
}

/** An event that cannot be read is the projector's to park; waiting for it would hold up all others. */
function readable(recorded: RecordedEvent, log: Logger): ImiEvent | null {
  try {
    return decodeEvent(recorded);
  } catch (err) {
    log.error({ err, event: recorded.id, type: recorded.type }, 'no policy can read this event');
    return null;
  }
}
