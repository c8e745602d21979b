import { z } from 'zod';
import { answerEnvelope } from '../bloodbank/envelope-out.ts';
import { planePrefix } from '../bloodbank/topology.ts';
import { planeAnswers } from '../commands/plane-answers.ts';
import { v2Answers } from '../commands/v2-answers.ts';

/** What iMi promises about one answer to commands that it puts on the exchange. */
export interface AnswerContract {
  /** Routing key; `{action}` in it stands for one word. */
  readonly address: string;
  readonly message: z.ZodObject;
}

const messageOf = (eventType: z.ZodType, payload: z.ZodObject): z.ZodObject =>
  answerEnvelope.extend({ event_type: eventType, payload });

const planeType = (kind: string) =>
  z
    .string()
    .regex(new RegExp(`^${planePrefix.replaceAll('.', '\\.')}[a-z0-9_]+\\.${kind}$`))
    .meta({ examples: [`${planePrefix}start_work.${kind}`] });

/** The answers of the command plane: `.ack`, then `.result` or `.error`. */
export const planeAnswerContracts: readonly AnswerContract[] = Object.entries(planeAnswers).map(
  ([kind, payload]) => ({
    address: `${planePrefix}{action}.${kind}`,
    message: messageOf(planeType(kind), payload),
  }),
);

/** The answers to the commands of v2, beside the domain events. */
export const v2AnswerContracts: readonly AnswerContract[] = Object.values(v2Answers)
  .flatMap((answers) => Object.entries<z.ZodObject>(answers))
  .map(([address, payload]) => ({ address, message: messageOf(z.literal(address), payload) }));
