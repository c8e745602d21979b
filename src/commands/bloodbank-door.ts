import type { Logger } from 'pino';
import type { AnsweringHandler, Verdict } from '../bloodbank/consumer.ts';
import { type InboundMessage, readEnvelope } from '../bloodbank/envelope-in.ts';
import type { BodyLimits } from '../bloodbank/json-body.ts';
import { MalformedMessageError } from '../bloodbank/malformed.ts';
import type { Refusal } from '../errors.ts';
import type { Project } from '../events/project.ts';
import { redactText } from '../redact.ts';
import { answering } from './answers.ts';
import { ArrivalOrder } from './arrival-order.ts';
import type { CommandHandler, IncomingCommand, Outcome } from './command.ts';
import { replyOf } from './command-reply.ts';
import { type CommandRequest, requestIn } from './command-request.ts';
import { expiredRefusal } from './expiry.ts';
import { originOf } from './inbound-origin.ts';
import { planeAck, planeAnswersTo } from './plane-answers.ts';
import { type FindProjectsNamed, onlyProject } from './project-by-name.ts';
import { v2AnswersTo } from './v2-answers.ts';

export interface BloodbankDoorOptions {
  readonly handler: CommandHandler;
  /** Hosts whose origins name projects: commands about one project or branch stay in order. */
  readonly remoteHosts: readonly string[];
  /** Names without `imi.cmd.`; others are not commands of this door. */
  readonly commandNames: readonly string[];
  /** Throws `StoreUnavailableError` while the store is away. */
  readonly readProject: (id: string) => Promise<Project | null>;
  readonly projectsNamed: FindProjectsNamed;
  /** Name of this machine, as the answers show it. */
  readonly hostname: string;
  readonly log: Logger;
  /** RFC 3339 UTC. */
  readonly now: () => string;
  readonly limits?: BodyLimits;
}

/**
 * The door of the queue `imi.commands`, under the keys of iMi's own commands, of the command plane
 * and of v2: each message becomes a command, each outcome an acknowledgement, and the answers that
 * senders under its key wait for (spec/bloodbank.md, "Answers to commands"). Refused commands are
 * recorded by the handler. What cannot be read is set aside, and has no other answer than the one
 * to `reply_to`: mended and replayed, it may still be carried out.
 */
export function bloodbankDoor(options: BloodbankDoorOptions): AnsweringHandler {
  const { handler, hostname, log } = options;
  const names = new Set(options.commandNames);
  const order = new ArrivalOrder(options.remoteHosts);
  /** What has been carried out here up to now, and who asks for a project by its name knows of. */
  let settledUpTo: bigint | null = null;

  async function settle(command: IncomingCommand): Promise<Outcome> {
    const outcome = await handler.handle(command);
    const { position } = outcome;
    if (position !== null && (settledUpTo === null || position > settledUpTo)) {
      settledUpTo = position;
    }
    logOutcome(log, command, outcome);
    return outcome;
  }

  async function addressed(command: IncomingCommand, name: string): Promise<IncomingCommand> {
    const found = onlyProject(name, await options.projectsNamed(name, settledUpTo));
    return 'refusal' in found
      ? { ...command, refusal: found.refusal }
      : { ...command, body: { ...(command.body as object), project_id: found.id } };
  }

  return async (delivery, announce) => {
    let message: InboundMessage;
    let request: CommandRequest;
    try {
      message = readEnvelope(delivery, options.limits);
      request = requestIn(delivery, message, names);
    } catch (error) {
      if (error instanceof MalformedMessageError) return setAside(error);
      throw error;
    }
    const command = toCommand(message, request, options.now());
    const answer = answering(message, command.now, hostname);
    const reply = (outcome: Outcome): Verdict =>
      delivery.replyTo === undefined ? {} : { reply: replyOf(outcome) };

    switch (request.door) {
      case 'direct':
        return reply(await order.run(command, () => settle(command)));
      case 'plane': {
        const { action } = request;
        const outcome = await order.run(command, () => {
          const takenUp = command.refusal === undefined && expiredRefusal(command) === null;
          if (takenUp) announce(planeAck(action, answer));
          return settle(command);
        });
        return { ...reply(outcome), publish: planeAnswersTo(outcome, action, answer) };
      }
      case 'v2': {
        const { key, projectName } = request;
        const outcome =
          projectName === undefined
            ? await order.run(command, () => settle(command))
            : await order.runAlone(async () => settle(await addressed(command, projectName)));
        const asked = { key, payload: message.payload, now: command.now };
        const publish = await v2AnswersTo(outcome, asked, options.readProject, answer);
        return { ...reply(outcome), publish };
      }
    }
  };
}

function toCommand(message: InboundMessage, request: CommandRequest, now: string): IncomingCommand {
  const { commandId, originalId, timestamp, ttlMs } = message;
  return {
    name: request.name,
    id: commandId,
    ...(originalId !== undefined && { originalId: redactText(originalId) }),
    // The broker may deliver it again.
    fresh: false,
    ...originOf(message),
    body: request.body,
    now,
    ...(timestamp !== undefined &&
      ttlMs !== undefined && { expiresAt: Date.parse(timestamp) + ttlMs }),
    ...(request.refusal !== undefined && { refusal: request.refusal }),
  };
}

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
