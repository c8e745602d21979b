import type { FastifyRequest } from 'fastify';
import { ImiError } from '../errors.ts';
import type { Moment } from './schemas/as-of.ts';

/** Waits until the read model has come to a position; answers false when it took too long. */
export type WaitFor = (position: bigint, timeoutMs: number) => Promise<boolean>;

export interface Consistency {
  readonly waitFor: WaitFor;
  /** `IMI_CONSISTENCY_TIMEOUT_MS` */
  readonly timeoutMs: number;
}

interface AfterQuery {
  readonly after?: string | undefined;
  readonly as_of?: Moment | undefined;
}

/**
 * A hook for reads (spec/http.md, "Read your writes"): with `Imi-After` or `?after=` the answer
 * waits until the read model has come that far; so it does with a position in `?as_of=`. Throws `UNAVAILABLE` when it does not in time.
 * Both were checked to be positions by the route's schemas.
 */
export function readAfter(consistency: Consistency) {
  return async (request: FastifyRequest): Promise<void> => {
    const { after, as_of } = (request.query ?? {}) as AfterQuery;
    const asked = [request.headers['imi-after'], after]
      .filter((text) => typeof text === 'string')
      .map(BigInt);
    if (as_of?.position !== undefined) asked.push(as_of.position);
    for (const position of asked) await comeTo(consistency, position);
  };
}

/** Waits until the read model has come to a position. Throws `UNAVAILABLE` when it does not in time. */
export async function comeTo({ waitFor, timeoutMs }: Consistency, position: bigint): Promise<void> {
  if (await waitFor(position, timeoutMs)) return;
  throw new ImiError('UNAVAILABLE', `The read model has not come to position ${position} yet`, {
    position: position.toString(),
    timeout_ms: timeoutMs,
  });
}

/** Whether a write asked not to wait for the read model (RFC 7240). */
export const prefersAsync = ({ headers }: Pick<FastifyRequest, 'headers'>): boolean =>
  String(headers.prefer ?? '')
    .toLowerCase()
    .split(/[,;]/)
    .some((preference) => preference.trim() === 'respond-async');
