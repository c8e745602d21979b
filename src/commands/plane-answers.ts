import { z } from 'zod';
import type { AnswerEnvelope } from '../bloodbank/envelope-out.ts';
import { planePrefix } from '../bloodbank/topology.ts';
import { errorCodes, type Refusal } from '../errors.ts';
import type { MakeAnswer } from './answers.ts';
import type { Outcome } from './command.ts';
import { commandReply, replyOf } from './command-reply.ts';
import { ttlExpired } from './expiry.ts';
import { actionMismatch, unknownAction } from './plane-request.ts';

const anyObject = z.record(z.string(), z.unknown());
const { ids, events, position } = commandReply.shape;

const identity = {
  /** As the sender wrote it; what iMi made of it, a UUID, is the `causation_id`. */
  command_id: z.string(),
  action: z.string(),
};

/** What iMi says on the command plane, by the last word of the routing key (spec/bloodbank.md, "Answers to commands"). */
export const planeAnswers = {
  /** Taken in hand: it can be read, is in time, and asks for something that iMi does. */
  ack: z.object(identity),
  result: z.object({
    ...identity,
    /** `skipped`: all was so already. */
    outcome: z.enum(['success', 'skipped']),
    ids,
    events,
    position,
  }),
  error: z.object({
    ...identity,
    error_code: z.enum(['rejected', 'invalid_state', 'not_implemented', 'ttl_expired']),
    error: z.object({ code: z.enum(errorCodes), message: z.string(), params: anyObject }),
  }),
} as const;

export type PlaneAnswerKind = keyof typeof planeAnswers;
type ErrorCodeOnPlane = z.infer<(typeof planeAnswers)['error']>['error_code'];

/** Says that the command is taken in hand. */
export const planeAck = (action: string, answer: MakeAnswer): AnswerEnvelope =>
  answer(answerKey(action, 'ack'), { action });

/** Everything that is said of a command with this outcome, in order, the same whenever it is asked. */
export function planeAnswersTo(
  outcome: Outcome,
  action: string,
  answer: MakeAnswer,
): readonly AnswerEnvelope[] {
  const ack = planeAck(action, answer);
  if (outcome.status === 'rejected') {
    const { error } = outcome;
    const said = { action, error_code: planeCodeOf(error), error };
    const last = answer(answerKey(action, 'error'), said);
    return isTurnedAway(error) ? [last] : [ack, last];
  }
  const { ids, events, position } = replyOf(outcome);
  const result = {
    action,
    outcome: outcome.status === 'accepted' ? 'success' : 'skipped',
    ids,
    events,
    position,
  };
  return [ack, answer(answerKey(action, 'result'), result)];
}

/** In a form that every consumer takes for an event type, whatever the sender calls its action. */
const answerKey = (action: string, kind: PlaneAnswerKind): string => {
  const word = action.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_');
  return `${planePrefix}${word === '' ? 'unknown' : word}.${kind}`;
};

const turnedAway: readonly unknown[] = [ttlExpired, unknownAction, actionMismatch];

/** Refused at the door: it was never taken in hand. */
const isTurnedAway = ({ params }: Refusal): boolean => turnedAway.includes(params.reason);

function planeCodeOf({ code, params }: Refusal): ErrorCodeOnPlane {
  if (params.reason === ttlExpired) return 'ttl_expired';
  if (params.reason === unknownAction) return 'not_implemented';
  return code === 'CONFLICT' || code === 'PRECONDITION_FAILED' ? 'invalid_state' : 'rejected';
}
