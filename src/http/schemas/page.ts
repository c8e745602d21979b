import { z } from 'zod';
import { queryInteger } from './fields.ts';

/** Query fields of a list. */
export const pageQuery = {
  offset: queryInteger(0, 1_000_000).default(0).describe('How many to pass over; 0 when absent'),
  limit: queryInteger(1, 500).default(50).describe('How many at most; 50 when absent'),
};

/** One page of a list in a fixed order, and how long the whole list is. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), total: z.int(), offset: z.int(), limit: z.int() });
