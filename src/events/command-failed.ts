import { z } from 'zod';
import { errorCodes } from '../errors.ts';

/** A command that was refused: the answer on the bus, and the auditor's record of what was denied. */
export const commandFailedEvents = {
  'imi.cmd.failed': z.object({
    command: z.string(),
    command_id: z.uuid(),
    /** The command's body without anything that looks like a secret, cut to a readable size. */
    request: z.record(z.string(), z.unknown()),
    error: z.object({
      code: z.enum(errorCodes),
      message: z.string(),
      params: z.record(z.string(), z.unknown()),
    }),
  }),
} as const;
