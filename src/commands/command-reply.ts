import { z } from 'zod';
import { errorCodes } from '../errors.ts';
import type { Outcome } from './command.ts';

const anyObject = z.record(z.string(), z.unknown());

/** The answer to a sender that gave `reply_to` (spec/bloodbank.md, "Answers to commands"). */
export const commandReply = z.object({
  status: z.enum(['accepted', 'unchanged', 'rejected']),
  /** Left out when the message could not be read as a command. */
  command_id: z.uuid().optional(),
  events: z.array(
    z.object({
      event_id: z.uuid(),
      event_type: z.string(),
      stream_revision: z.int(),
      payload: anyObject,
    }),
  ),
  ids: z.record(z.string(), z.string()),
  position: z.string().nullable(),
  /** Only with `rejected`. */
  error: z.object({ code: z.enum(errorCodes), message: z.string(), params: anyObject }).optional(),
});

export type CommandReply = z.infer<typeof commandReply>;

/** The outcome of a command as its sender reads it on the bus. */
export function replyOf(outcome: Outcome): CommandReply {
  const events = outcome.status === 'rejected' ? [] : outcome.events;
  return {
    status: outcome.status,
    command_id: outcome.commandId,
    events: events.map(({ id, type, revision, data }) => ({
      event_id: id,
      event_type: type,
      stream_revision: revision,
      payload: data,
    })),
    ids: outcome.ids,
    position: outcome.position === null ? null : String(outcome.position),
    ...(outcome.status === 'rejected' && { error: outcome.error }),
  };
}
