import type { InboundMessage } from '../bloodbank/envelope-in.ts';
import { redactText } from '../redact.ts';
import type { IncomingCommand } from './command.ts';

/** What a command takes over from the message it came in, or was translated from. */
export function originOf(
  message: InboundMessage,
): Pick<IncomingCommand, 'correlationId' | 'causationId' | 'actor' | 'source'> {
  const { host, type, app } = message.source;
  return {
    correlationId: message.correlationId,
    // What a message causes names the message (spec/bloodbank.md, "Answers to commands").
    causationId: message.commandId,
    actor: redactText(message.actor),
    source: { host: redactText(host), type: redactText(type), app: redactText(app) },
  };
}
