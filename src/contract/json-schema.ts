import { z } from 'zod';

/** A JSON Schema, or a part of one. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * JSON Schema of what may stand on the wire. That is the input side of the zod schema: fields added
 * later are no errors to a reader, and a field with a default may be missing from an old event.
 * AsyncAPI documents are written in draft 7, everything else in 2020-12.
 */
export const jsonSchemaOf = (
  schema: z.ZodType,
  target: 'draft-2020-12' | 'draft-7' = 'draft-2020-12',
): JsonSchema => ({ ...z.toJSONSchema(schema, { io: 'input', target }) });
