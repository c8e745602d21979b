import type { Refusal } from '../errors.ts';
import type { IncomingCommand } from './command.ts';

/** Tells a refusal for having come too late from any other. */
export const ttlExpired = 'ttl_expired';

/**
 * The refusal of a command whose time to live was over when it was taken in hand; null when it is in
 * time, or nobody said how long it is worth doing (spec/bloodbank.md, "Answers to commands"). To an
 * auditor it is a precondition that no longer held: nothing is wrong with the request as such.
 */
export function expiredRefusal({ expiresAt, now }: IncomingCommand): Refusal | null {
  if (expiresAt === undefined || expiresAt >= Date.parse(now)) return null;
  return {
    code: 'PRECONDITION_FAILED',
    message:
      'The time to live of this command was over before it was taken in hand; if it is still wanted, send it again under a new id',
    params: { reason: ttlExpired, expired_at: new Date(expiresAt).toISOString() },
  };
}
