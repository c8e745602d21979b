import { z } from 'zod';
import { time, uuid } from './fields.ts';
import { statuses } from './work-item.ts';

/** Work that touches what was asked about, and since when (advice, never a lock). */
export const conflictResource = z
  .object({
    with_work_item_id: uuid
      .nullable()
      .describe('The work item asked about, or the other one of the project; null for paths'),
    work_item_id: uuid,
    project_id: uuid,
    project_name: z.string(),
    branch_name: z.string(),
    owner_id: z.string(),
    worktree_path: z.string().nullable(),
    status: z.enum(statuses),
    since: time.describe('When the first of what is shared was touched or linked'),
    file_count: z.int(),
    files: z
      .array(z.object({ path: z.string(), since: time }))
      .describe('The first 100 by path; `since`: when this work item first touched it'),
    tickets: z.array(z.object({ plane_ticket_id: z.string(), since: time })),
  })
  .meta({
    id: 'Conflict',
    description: 'Active work at the same files, or for the same ticket',
    examples: [
      {
        with_work_item_id: '9b1c2a34-5d6e-5f70-8a9b-0c1d2e3f4a5b',
        work_item_id: '1d7b0a52-0f0e-5c51-9d52-8a3c5b7b1d10',
        project_id: '3f0e6d1c-1a5b-5d8e-9d8b-6f2f0f1d2c3b',
        project_name: 'widget',
        branch_name: 'fix/spin',
        owner_id: 'agent-8',
        worktree_path: null,
        status: 'uncommitted',
        since: '2026-01-21T14:30:22.000Z',
        file_count: 1,
        files: [{ path: 'src/spin.ts', since: '2026-01-21T14:30:22.000Z' }],
        tickets: [],
      },
    ],
  });

export type ConflictResource = z.infer<typeof conflictResource>;
