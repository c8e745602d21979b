import type { Logger } from 'pino';
import type { MessageHandler } from '../bloodbank/consumer.ts';
import { type InboundMessage, readEnvelope } from '../bloodbank/envelope-in.ts';
import type { BodyLimits } from '../bloodbank/json-body.ts';
import { MalformedMessageError } from '../bloodbank/malformed.ts';
import type { Directed, IgnoredReason } from './translation/translation.ts';

export interface InboundDoorOptions {
  /** A readable message that asks nothing of iMi was acknowledged. */
  readonly onIgnored: (reason: IgnoredReason) => void;
  readonly log: Logger;
  readonly limits?: BodyLimits;
}

/** What was made of a message: a command that has its outcome, or nothing, for a reason. */
export type Handled =
  | Exclude<Directed, { readonly kind: 'command' }>
  | { readonly kind: 'settled' };

/**
 * The door of a queue that carries what others tell: a message is acknowledged once it was handled.
 * What cannot be read is set aside.
 */
export const inboundDoor =
  (
    { onIgnored, log, limits }: InboundDoorOptions,
    handle: (message: InboundMessage) => Promise<Handled>,
  ): MessageHandler =>
  async (delivery) => {
    try {
      const message = readEnvelope(delivery, limits);
      const handled = await handle(message);
      if (handled.kind === 'ignored') {
        const { commandId: message_id, correlationId: correlation_id } = message;
        const { reason } = handled;
        log.debug({ message_id, correlation_id, reason }, 'A message asked nothing of iMi');
        onIgnored(reason);
      }
      return {};
    } catch (error) {
      if (!(error instanceof MalformedMessageError)) throw error;
      return { death: { code: error.code, reason: error.message } };
    }
  };
