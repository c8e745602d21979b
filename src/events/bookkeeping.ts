import { z } from 'zod';

/**
 * What the write side records for itself. These types do not start with `imi.`: they are neither
 * published nor projected.
 */
export const bookkeepingEvents = {
  /** A command id was bound to the stream that will hold its outcome. */
  'command.claimed': z.object({
    command: z.string(),
    target: z.string(),
    request_hash: z.string(),
  }),
  /** A command that came with an id of its own and changed nothing. */
  'command.unchanged': z.object({
    command: z.string(),
    command_id: z.uuid(),
    ids: z.record(z.string(), z.string()),
    /** The entity's revision and last public position as they stood. */
    revision: z.int(),
    position: z.string().nullable(),
  }),
  /** A unique key was given to a stream. */
  'reservation.claimed': z.object({ kind: z.string(), key: z.string(), holder: z.string() }),
  /** A reservation was taken from this stream before its entity came to be. */
  'reservation.voided': z.object({ kind: z.string(), key: z.string(), taken_by: z.string() }),
} as const;
