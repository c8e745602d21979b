import { z } from 'zod';
import { isStorable } from '../../storable-text.ts';

export const uuid = z.uuid().toLowerCase();
export const time = z.iso.datetime().describe('RFC 3339, UTC');
export const metadata = z.record(z.string(), z.unknown());

const maxPosition = 2n ** 63n - 1n;

/** A place in `$all`, in decimal digits: it can be larger than a JSON number may safely be. */
export const position = z
  .string()
  .regex(/^\d{1,19}$/, { error: 'must be a position in decimal digits', abort: true })
  .refine((text) => BigInt(text) <= maxPosition, 'is beyond any position')
  .meta({ examples: ['8231'] });

/** Text in a query or a path, that can be asked of the database. */
export const queryText = (max: number) =>
  z.string().trim().min(1).max(max).refine(isStorable, 'contains NUL or broken Unicode');

/** A whole number in a query, in plain digits. */
export const queryInteger = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.preprocess(
    (text) => (typeof text === 'string' && /^\d{1,12}$/.test(text) ? Number(text) : text),
    z.int({ error }).min(min, { error }).max(max, { error }),
  );
};

export const idParams = z.object({ id: uuid });

/** Query fields that every read takes. */
export const readQuery = {
  after: position
    .optional()
    .describe('Wait until the read model has come to this position (as `Imi-After`)'),
};

export const readHeaders = z.looseObject({
  'imi-after': position
    .optional()
    .describe('Wait until the read model has come to this position, then 503'),
});
