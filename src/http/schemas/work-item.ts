import { z } from 'zod';
import { completionTypes, sourceTypes, workTypes } from '../../events/work-item.ts';
import { metadata, time, uuid } from './fields.ts';
import { prLinkResource } from './pr-link.ts';
import { ticketLinkResource } from './ticket-link.ts';

export const statuses = [
  'uncommitted',
  'diverged',
  'ahead',
  'behind',
  'clean',
  ...completionTypes,
] as const;

export const advices = ['busy', 'needs_rebase', 'ready_for_pr', 'idle'] as const;

export const staleReasons = ['branch_deleted', 'silent'] as const;
export type StaleReason = (typeof staleReasons)[number];

/** What may stand against removing the checkout of a work item. */
export const cleaningBlockers = [
  'pr_not_merged',
  'pr_open',
  'git_state_unknown',
  'uncommitted_changes',
  'head_unknown',
  'head_not_merged',
  'owner_busy',
] as const;
export type CleaningBlocker = (typeof cleaningBlockers)[number];

/** A work item as every door of the API shows it (spec/domain.md, "Work item"). */
export const workItemResource = z
  .object({
    id: uuid,
    work_item_id: uuid.describe('The same as id'),
    project_id: uuid,
    project_name: z.string().describe('As it was when the work was started'),
    remote_origin: z.string(),
    branch_name: z.string(),
    work_type: z.enum(workTypes),
    source: z.object({ type: z.enum(sourceTypes), ref: z.string().nullable() }),
    owner_id: z.string(),
    worktree_path: z.string().nullable(),
    worktree: z
      .object({ type: z.string(), name: z.string(), host: z.string().nullable() })
      .nullable(),
    has_uncommitted_changes: z.boolean(),
    uncommitted_files_count: z
      .int()
      .nullable()
      .describe('null: there are changes, nobody said how many'),
    ahead_of_trunk: z.int(),
    behind_trunk: z.int(),
    last_commit_hash: z.string().nullable(),
    last_commit_message: z.string().nullable(),
    last_sync_at: time.nullable(),
    last_activity_at: time,
    pushed_head_hash: z
      .string()
      .nullable()
      .describe('Where the branch stands at its remote, as the last push told'),
    pushed_at: time.nullable(),
    branch_deleted_at: time.nullable().describe('null, or null again once it is pushed anew'),
    status: z.enum(statuses).describe('Derived from the git state, or how the work ended'),
    advice: z.enum(advices).describe('What an orchestrator may do with it'),
    stale: z.boolean().describe('Active, and going nowhere'),
    stale_reason: z
      .enum(staleReasons)
      .nullable()
      .describe('Its branch was deleted, or nothing was heard of it for IMI_STALE_DAYS'),
    safe_to_clean: z.boolean().describe('Its checkout may be removed: all of it is merged'),
    safe_to_clean_blockers: z
      .array(z.enum(cleaningBlockers))
      .describe('What stands against it; `owner_busy`: active since the checkout was looked at'),
    active: z.boolean(),
    completed_at: time.nullable(),
    completion_type: z.enum(completionTypes).nullable(),
    completed_by: z.string().nullable(),
    merge_commit_hash: z.string().nullable(),
    metadata,
    tickets: z.array(ticketLinkResource),
    open_prs: z.array(prLinkResource).describe('All pull requests: `/links`'),
    created_at: time,
    updated_at: time,
    revision: z.int().describe('Revision of its stream: the ETag'),
  })
  .meta({
    id: 'WorkItem',
    description: 'Work of one owner on one branch of a project',
    examples: [
      {
        id: '9b1c2a34-5d6e-5f70-8a9b-0c1d2e3f4a5b',
        work_item_id: '9b1c2a34-5d6e-5f70-8a9b-0c1d2e3f4a5b',
        project_id: '3f0e6d1c-1a5b-5d8e-9d8b-6f2f0f1d2c3b',
        project_name: 'widget',
        remote_origin: 'git@github.com:acme/widget.git',
        branch_name: 'feature/spin',
        work_type: 'feature',
        source: { type: 'plane_ticket', ref: 'PROJ-123' },
        owner_id: 'agent-7',
        worktree_path: '/home/agent/code/widget/feature-spin',
        worktree: null,
        has_uncommitted_changes: true,
        uncommitted_files_count: 3,
        ahead_of_trunk: 2,
        behind_trunk: 0,
        last_commit_hash: 'a1b2c3d4e5f6',
        last_commit_message: 'Spin the other way',
        last_sync_at: '2026-01-21T14:35:00.000Z',
        last_activity_at: '2026-01-21T14:30:22.000Z',
        pushed_head_hash: null,
        pushed_at: null,
        branch_deleted_at: null,
        status: 'uncommitted',
        advice: 'busy',
        stale: false,
        stale_reason: null,
        safe_to_clean: false,
        safe_to_clean_blockers: ['pr_not_merged', 'uncommitted_changes', 'head_unknown'],
        active: true,
        completed_at: null,
        completion_type: null,
        completed_by: null,
        merge_commit_hash: null,
        metadata: {},
        tickets: [],
        open_prs: [],
        created_at: '2026-01-21T14:30:22.000Z',
        updated_at: '2026-01-21T14:35:00.000Z',
        revision: 1,
      },
    ],
  });

export type WorkItemResource = z.infer<typeof workItemResource>;
