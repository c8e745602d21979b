import { z } from 'zod';
import { completionTypes, sourceTypes, workTypes } from '../events/work-item.ts';
import {
  branchName,
  commitHash,
  count,
  longText,
  metadata,
  path,
  shortText,
  sourceRef,
  ticketId,
  time,
  titleText,
  uuid,
} from './fields.ts';

export const projectAddress = {
  project_id: uuid.optional(),
  remote_origin: z.string().min(1).max(500).optional(),
};

/** A work item is addressed by its id, or by project and branch: then the branch's latest is meant. */
export const workItemAddress = {
  work_item_id: uuid.optional(),
  ...projectAddress,
  branch_name: branchName.optional(),
};

type WorkItemAddress = z.infer<z.ZodObject<typeof workItemAddress>>;

export const namesOneWorkItem = (address: WorkItemAddress): boolean =>
  address.work_item_id !== undefined ||
  (address.branch_name !== undefined &&
    (address.project_id !== undefined || address.remote_origin !== undefined));

export const workItemAddressError = {
  message: 'give work_item_id, or branch_name together with project_id or remote_origin',
  path: ['work_item_id'],
};

export const startWork = z
  .object({
    ...projectAddress,
    branch_name: branchName,
    work_type: z.enum(workTypes),
    source: z.object({ type: z.enum(sourceTypes), ref: sourceRef.nullish() }).optional(),
    owner_id: shortText,
    worktree_path: path.nullish(),
    worktree: z.object({ type: shortText, name: shortText, host: shortText.nullish() }).nullish(),
    metadata: metadata.optional(),
    /** Kept as given when another registry already knows the work item (import). */
    work_item_id: uuid.optional(),
  })
  .refine((c) => c.project_id !== undefined || c.remote_origin !== undefined, {
    message: 'give project_id or remote_origin',
    path: ['project_id'],
  })
  .refine((c) => c.source?.type !== 'plane_ticket' || ticketId.safeParse(c.source.ref).success, {
    message: 'a plane_ticket source needs the ticket id (1 to 100 characters) as its ref',
    path: ['source', 'ref'],
  });

export const gitStateFields = {
  has_uncommitted_changes: z.boolean().optional(),
  uncommitted_files_count: count.optional(),
  ahead_of_trunk: count.optional(),
  behind_trunk: count.optional(),
  last_commit_hash: commitHash.nullish(),
  last_commit_message: longText.nullish(),
  /** When the sender looked at its checkout; an older look than the recorded one changes nothing. */
  last_sync_at: time.optional(),
};

export const flagAgreesWithCount = (state: {
  has_uncommitted_changes?: boolean | undefined;
  uncommitted_files_count?: number | undefined;
}): boolean => state.has_uncommitted_changes !== false || !state.uncommitted_files_count;

export const flagAgreesWithCountError = {
  message: 'must not be false while uncommitted_files_count is above 0',
  path: ['has_uncommitted_changes'],
};

export const updateGitState = z
  .object({ ...workItemAddress, ...gitStateFields })
  .refine(namesOneWorkItem, workItemAddressError)
  .refine(flagAgreesWithCount, flagAgreesWithCountError);

export const completeWork = z
  .object({
    ...workItemAddress,
    completion_type: z.enum(completionTypes),
    merge_commit_hash: commitHash.nullish(),
    merged_by: shortText.nullish(),
    reason: shortText.nullish(),
  })
  .refine(namesOneWorkItem, workItemAddressError);

export const linkTicket = z
  .object({
    ...workItemAddress,
    plane_ticket_id: ticketId,
    ticket_title: titleText.nullish(),
    ticket_url: z.url().max(2000).nullish(),
    metadata: metadata.optional(),
  })
  .refine(namesOneWorkItem, workItemAddressError);

export type StartWork = z.infer<typeof startWork>;
export type UpdateGitState = z.infer<typeof updateGitState>;
export type CompleteWork = z.infer<typeof completeWork>;
export type LinkTicket = z.infer<typeof linkTicket>;
export type { WorkItemAddress };
