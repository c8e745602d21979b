import { ImiError } from '../../errors.ts';
import { LateError, within } from '../../within.ts';
import type { CommandHandler } from '../command.ts';

const defaultLimitMs = 10_000;

/**
 * The handler for senders that wait at a connection: when a store hangs, or others hold up the
 * line, they are told in time that the outcome is not known yet. The command itself goes on, and
 * is asked for again under its id. Throws `UNAVAILABLE` then.
 */
export function answeredInTime(
  handler: CommandHandler,
  limitMs: number = defaultLimitMs,
): CommandHandler {
  const inTime = <T>(commandId: string, work: Promise<T>): Promise<T> =>
    within(limitMs, work).catch((error: unknown) => {
      throw error instanceof LateError ? unknown(commandId) : error;
    });
  return {
    handle: (command) => inTime(command.id, handler.handle(command)),
    rehearse: (command) => inTime(command.id, handler.rehearse(command)),
  };
}

const unknown = (command_id: string): ImiError =>
  new ImiError(
    'UNAVAILABLE',
    'The outcome is not known yet; send the same request again with this id as its Idempotency-Key',
    { command_id },
  );
