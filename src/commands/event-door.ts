import type { MessageHandler } from '../bloodbank/consumer.ts';
import type { InboundMessage } from '../bloodbank/envelope-in.ts';
import { ArrivalOrder } from './arrival-order.ts';
import type { CommandHandler } from './command.ts';
import { type InboundDoorOptions, inboundDoor } from './inbound-door.ts';
import { originOf } from './inbound-origin.ts';
import type { Directed } from './translation/translation.ts';

export interface EventDoorOptions extends InboundDoorOptions {
  readonly handler: CommandHandler;
  /** What a message means; throws `MalformedMessageError` when that cannot be told. */
  readonly translate: (message: InboundMessage) => Promise<Directed>;
  /** Hosts whose origins name projects: commands about one thing stay in order. */
  readonly remoteHosts: readonly string[];
  /** RFC 3339 UTC. */
  readonly now: () => string;
}

/**
 * The door of the queues that carry what others tell: each message is translated into a command or
 * has none, and is acknowledged once that command has its outcome, a recorded refusal included.
 */
export function eventDoor(options: EventDoorOptions): MessageHandler {
  const { handler, translate, log, now } = options;
  const order = new ArrivalOrder(options.remoteHosts);
  return inboundDoor(options, async (message) => {
    const translation = await translate(message);
    if (translation.kind === 'ignored') return translation;
    // The broker may deliver it again, so its id is not fresh.
    const command = {
      ...translation.command,
      ...originOf(message),
      fresh: false,
      now: now(),
    };
    const { status } = await order.run(command, () => handler.handle(command));
    const { commandId: message_id, correlationId: correlation_id } = message;
    const about = { message_id, correlation_id, command: command.name, command_id: command.id };
    log[status === 'rejected' ? 'info' : 'debug']({ ...about, status }, 'Translated');
    return { kind: 'settled' };
  });
}
