import { z } from 'zod';

/** Headers that every write takes. */
export const writeHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .trim()
    .min(1)
    .max(255)
    .optional()
    .describe('Id of the command: it has one outcome, however often it is sent'),
  'if-match': z.string().max(255).optional().describe('ETag the entity must have, else 412'),
  prefer: z
    .string()
    .max(255)
    .optional()
    .describe('`respond-async`: do not wait for the read model, answer 202'),
});

export const writeQuery = z.strictObject({
  dry_run: z
    .enum(['true', 'false'])
    .optional()
    .describe('true: answer with the events that would be written, and write nothing'),
});

/** The answer to a write whose outcome the read model does not show yet. */
export const accepted = z
  .object({
    status: z.enum(['accepted', 'unchanged']),
    command_id: z.uuid(),
    project_id: z.uuid().optional(),
    work_item_id: z.uuid().optional(),
    link_id: z.uuid().optional(),
    pr_link_id: z.uuid().optional(),
    deploy_id: z.string().optional(),
    component_id: z.uuid().optional(),
    relationship_id: z.uuid().optional(),
    position: z.string().nullable().describe('For `Imi-After`'),
    revision: z.int(),
  })
  .meta({ id: 'Accepted', description: 'The write is durable; the read model will show it' });

export const rehearsed = z
  .object({
    dry_run: z.literal(true),
    status: z.enum(['accepted', 'unchanged']),
    events: z.array(z.object({ type: z.string(), data: z.record(z.string(), z.unknown()) })),
  })
  .meta({ id: 'DryRun', description: 'The events that the command would write' });

export type Accepted = z.infer<typeof accepted>;
export type Rehearsed = z.infer<typeof rehearsed>;
