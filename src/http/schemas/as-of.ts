import { z } from 'zod';
import { position } from './fields.ts';

/** When something is asked about: a place in `$all`, or a time (RFC 3339 UTC, milliseconds). */
export type Moment =
  | { readonly position: bigint; readonly time?: never }
  | { readonly time: string; readonly position?: never };

// The times that PostgreSQL and RFC 3339 both know.
const earliest = Date.parse('0001-01-01T00:00:00.000Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

const rfc3339 = z.iso.datetime({ offset: true });

const message = 'must be a position in decimal digits, or an RFC 3339 time with its offset';

/**
 * Query field of reads that answer as the system stood then (spec/http.md, "As of"). Of a time with
 * more digits than milliseconds the rest is cut off: no event has more.
 */
export const asOf = z
  .string()
  .max(40, message)
  .transform((text, context): Moment => {
    const place = position.safeParse(text);
    if (place.success) return { position: BigInt(place.data) };
    const time = rfc3339.safeParse(text);
    if (time.success) {
      const at = Math.min(Math.max(Date.parse(time.data), earliest), latest);
      return { time: new Date(at).toISOString() };
    }
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  })
  .optional()
  .describe('Answer as the system stood then: a position, or an RFC 3339 time')
  .meta({ examples: ['8231', '2026-01-21T14:30:22.000Z'] });

/** The query field as an error names it; nothing when it was not given. */
export const asOfParams = (moment: Moment | undefined): { readonly as_of?: string } =>
  moment === undefined ? {} : { as_of: moment.time ?? moment.position.toString() };
