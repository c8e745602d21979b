import { z } from 'zod';
import { deployResource } from './deploy.ts';
import { time, uuid } from './fields.ts';
import { prLinkResource } from './pr-link.ts';
import { ticketFacts } from './ticket-link.ts';
import { workItemResource } from './work-item.ts';

/** What a trace can start from (spec/domain.md, "Trace"). */
export const tracedTypes = ['ticket', 'work_item', 'branch', 'commit', 'pr', 'deploy'] as const;

export type TracedType = (typeof tracedTypes)[number];

const commit = z
  .object({
    work_item_id: uuid,
    branch_name: z.string(),
    hash: z.string(),
    message: z.string().nullable(),
    author_name: z.string().nullable(),
    files: z.array(z.string()).nullable().describe('null: known from no push'),
    committed_at: time.nullable(),
    seen_at: time,
  })
  .meta({ id: 'Commit', description: 'A commit that a work item is known by' });

export const traceResource = z
  .object({
    entity: z.object({ type: z.enum(tracedTypes), id: z.string() }),
    ambiguous: z
      .boolean()
      .optional()
      .describe('Of a pull request or a branch: more than one project has one of this name'),
    chain: z.object({
      tickets: z.array(z.object({ plane_ticket_id: z.string(), ...ticketFacts })),
      work_items: z.array(workItemResource),
      commits: z.array(commit),
      prs: z.array(prLinkResource),
      deploys: z.array(deployResource),
    }),
  })
  .meta({ id: 'Trace', description: 'All that is connected, from ticket to deploy' });

export type TraceResource = z.infer<typeof traceResource>;
