import { z } from 'zod';
import { prStates } from '../events/pull-request.ts';
import { untrackedKinds } from '../events/untracked.ts';
import { branchName, commitHash, path, shortText, time, titleText, uuid } from './fields.ts';
import { whatWasDone } from './work-item-activity-schemas.ts';
import { prNumber } from './work-item-pull-request-schemas.ts';
import {
  flagAgreesWithCount,
  flagAgreesWithCountError,
  gitStateFields,
} from './work-item-schemas.ts';

const pullRequest = z.object({
  pr_number: prNumber,
  pr_state: z.enum(prStates),
  pr_url: z.httpUrl().max(2000).nullish(),
  pr_title: titleText.nullish(),
  head_commit_hash: commitHash.nullish(),
  merge_commit_hash: commitHash.nullish(),
  merged_by: shortText.nullish(),
});

export const observeUntracked = z
  .object({
    remote_origin: z.string().min(1).max(500).optional(),
    branch_name: branchName.optional(),
    worktree_path: path.optional(),
    host: shortText.optional(),
    agent_id: shortText.optional(),
    kind: z.enum(untrackedKinds),
    /** When it happened; a clock that runs ahead counts as now. */
    observed_at: time.optional(),
    ...whatWasDone,
    pr: pullRequest.optional(),
    git_state: z
      .object(gitStateFields)
      .refine(flagAgreesWithCount, flagAgreesWithCountError)
      .optional(),
  })
  .refine(
    ({ remote_origin, branch_name, worktree_path }) =>
      worktree_path !== undefined || (remote_origin !== undefined && branch_name !== undefined),
    { message: 'give remote_origin and branch_name, or worktree_path', path: ['worktree_path'] },
  );

export const joinUntracked = z.object({
  untracked_id: uuid,
  work_item_id: uuid,
  /** How many observations the work item was told of: with more than that, nothing is joined yet. */
  observations: z.int().min(1),
});

export type ObserveUntracked = z.infer<typeof observeUntracked>;
export type JoinUntracked = z.infer<typeof joinUntracked>;
