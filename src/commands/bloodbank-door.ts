import type { Logger } from 'pino';
import type { MessageHandler, Verdict } from '../bloodbank/consumer.ts';
import type { Delivery } from '../bloodbank/delivery.ts';
import { type InboundMessage, readEnvelope } from '../bloodbank/envelope-in.ts';
import type { BodyLimits } from '../bloodbank/json-body.ts';
import { MalformedMessageError } from '../bloodbank/malformed.ts';
import { commandPrefix } from '../bloodbank/topology.ts';
import type { Refusal } from '../errors.ts';
import { redactText } from '../redact.ts';
import { ArrivalOrder } from './arrival-order.ts';
import type { CommandHandler, IncomingCommand, Outcome } from './command.ts';
import { replyOf } from './command-reply.ts';
import { originOf } from './inbound-origin.ts';

export interface BloodbankDoorOptions {
  readonly handler: CommandHandler;
  /** Hosts whose origins name projects: commands about one project or branch stay in order. */
  readonly remoteHosts: readonly string[];
  /** Names without `imi.cmd.`; others are not commands of this door. */
  readonly commandNames: readonly string[];
  readonly log: Logger;
  /** RFC 3339 UTC. */
  readonly now: () => string;
  readonly limits?: BodyLimits;
}

/**
 * The door of the queue `imi.commands`: each message becomes a command, each outcome an
 * acknowledgement, and an answer for a sender that waits for one (spec/bloodbank.md, "Answers to
 * commands"). Refused commands are recorded by the handler; what cannot be read is set aside.
 */
export function bloodbankDoor(options: BloodbankDoorOptions): MessageHandler {
  const names = new Set(options.commandNames);
  const order = new ArrivalOrder(options.remoteHosts);
  return async (delivery) => {
    let command: IncomingCommand;
    try {
      command = toCommand(delivery, readEnvelope(delivery, options.limits), names, options.now());
    } catch (error) {
      if (error instanceof MalformedMessageError) return setAside(error);
      throw error;
    }
    const outcome = await order.run(command, () => options.handler.handle(command));
    logOutcome(options.log, command, outcome);
    return delivery.replyTo === undefined ? {} : { reply: replyOf(outcome) };
  };
}

function toCommand(
  delivery: Delivery,
  message: InboundMessage,
  names: ReadonlySet<string>,
  now: string,
): IncomingCommand {
  const name = commandNameIn(message.type) ?? commandNameIn(delivery.routingKey);
  if (name === undefined || !names.has(name)) {
    throw new MalformedMessageError('unknown_command', 'neither body nor key name a command');
  }
  return {
    name,
    id: message.commandId,
    ...(message.originalId !== undefined && { originalId: redactText(message.originalId) }),
    // The broker may deliver it again.
    fresh: false,
    ...originOf(message),
    body: message.payload,
    now,
  };
}

const commandNameIn = (type: string): string | undefined =>
  type.startsWith(commandPrefix) ? type.slice(commandPrefix.length) : undefined;

/** A sender that waits is told, or it would wait for ever. */
function setAside({ code, message }: MalformedMessageError): Verdict {
  const error: Refusal = {
    code: 'VALIDATION_ERROR',
    message: `The message cannot be read: ${message}`,
    params: { reason: code },
  };
  return {
    death: { code, reason: message },
    reply: { status: 'rejected', events: [], ids: {}, position: null, error },
  };
}

/** What went well is told in the history; a line for each would be most of the log. */
function logOutcome(log: Logger, { name, id, correlationId }: IncomingCommand, outcome: Outcome) {
  const ids = { command: name, command_id: id, correlation_id: correlationId };
  if (outcome.status === 'rejected') {
    log.info({ ...ids, status: outcome.status, code: outcome.error.code }, 'Command refused');
  } else {
    log.debug({ ...ids, status: outcome.status }, 'Command carried out');
  }
}
