import type { Logger } from 'pino';
import type { MessageHandler } from '../bloodbank/consumer.ts';
import { type InboundMessage, readEnvelope } from '../bloodbank/envelope-in.ts';
import type { BodyLimits } from '../bloodbank/json-body.ts';
import { MalformedMessageError } from '../bloodbank/malformed.ts';
import { ArrivalOrder } from './arrival-order.ts';
import type { CommandHandler } from './command.ts';
import { originOf } from './inbound-origin.ts';
import type { Directed, IgnoredReason } from './translation/translation.ts';

export interface EventDoorOptions {
  readonly handler: CommandHandler;
  /** What a message means; throws `MalformedMessageError` when that cannot be told. */
  readonly translate: (message: InboundMessage) => Promise<Directed>;
  /** Hosts whose origins name projects: commands about one thing stay in order. */
  readonly remoteHosts: readonly string[];
  /** A readable message that asks nothing of iMi was acknowledged. */
  readonly onIgnored: (reason: IgnoredReason) => void;
  readonly log: Logger;
  /** RFC 3339 UTC. */
  readonly now: () => string;
  readonly limits?: BodyLimits;
}

/**
 * The door of the queues that carry what others tell: each message is translated into a command or
 * has none, and is acknowledged once that command has its outcome, a recorded refusal included.
 * What cannot be read is set aside.
 */
export function eventDoor(options: EventDoorOptions): MessageHandler {
  const { handler, translate, onIgnored, log, now, limits } = options;
  const order = new ArrivalOrder(options.remoteHosts);
  return async (delivery) => {
    try {
      const message = readEnvelope(delivery, limits);
      const translation = await translate(message);
      const ids = { message_id: message.commandId, correlation_id: message.correlationId };
      if (translation.kind === 'ignored') {
        log.debug({ ...ids, reason: translation.reason }, 'A message asked nothing of iMi');
        onIgnored(translation.reason);
        return {};
      }
      // The broker may deliver it again, so its id is not fresh.
      const command = {
        ...translation.command,
        ...originOf(message),
        fresh: false,
        now: now(),
      };
      const { status } = await order.run(command, () => handler.handle(command));
      const level = status === 'rejected' ? 'info' : 'debug';
      log[level]({ ...ids, command: command.name, command_id: command.id, status }, 'Translated');
      return {};
    } catch (error) {
      if (!(error instanceof MalformedMessageError)) throw error;
      return { death: { code: error.code, reason: error.message } };
    }
  };
}
