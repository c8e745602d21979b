import type { InboundMessage } from '../bloodbank/envelope-in.ts';
import { type AnswerEnvelope, toAnswer } from '../bloodbank/envelope-out.ts';
import type { JsonObject } from '../events/event-store.ts';
import { answerIdOf } from '../events/ids.ts';
import { redactText } from '../redact.ts';

/** Makes the message that answers a command under a routing key. */
export type MakeAnswer = (routingKey: string, payload: JsonObject) => AnswerEnvelope;

/**
 * Answers to one command: on its trace, caused by it, naming it as its sender does, and under ids
 * that follow from it, so that whoever hears an answer again knows it for the same.
 */
export const answering =
  (
    { commandId, namedId, originalId, correlationId }: InboundMessage,
    timestamp: string,
    hostname: string,
  ): MakeAnswer =>
  (type, payload) =>
    toAnswer(
      {
        id: answerIdOf(commandId, type),
        type,
        timestamp,
        correlationId,
        causationId: commandId,
        payload: { command_id: redactText(namedId ?? originalId ?? commandId), ...payload },
      },
      hostname,
    );
