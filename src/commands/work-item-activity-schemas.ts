import { z } from 'zod';
import { activityKinds } from '../events/activity.ts';
import { commitHash, longText, path, shortText, time } from './fields.ts';
import { namesOneWorkItem, workItemAddress, workItemAddressError } from './work-item-schemas.ts';

/** As many commits as GitHub sends with one push. */
export const maxCommits = 2_048;
export const maxFilesOfCommit = 10_000;
/** Of files that were changed in a checkout. */
export const maxPaths = 2_000;

const pushedCommit = z.object({
  hash: commitHash,
  message: longText.nullish(),
  author_name: shortText.nullish(),
  committed_at: time.nullish(),
  /** Paths that were added, changed or removed. */
  files: z.array(path).max(maxFilesOfCommit).optional(),
});

/** Commits and files, as pushes and tools tell them. */
export const whatWasDone = {
  /** Of a push, oldest first. */
  commits: z.array(pushedCommit).max(maxCommits).optional(),
  /** Files that were changed in a checkout, relative to the root of the repository. */
  paths: z.array(path).max(maxPaths).optional(),
  /** Where the branch stands after the push. */
  head_commit_hash: commitHash.nullish(),
};

export const recordActivity = z
  .object({
    ...workItemAddress,
    kind: z.enum(activityKinds),
    /** When it happened; a clock that runs ahead counts as now. */
    activity_at: time.optional(),
    ...whatWasDone,
    /** Of a push: it took commits away that had been there. */
    forced: z.boolean().optional(),
    agent_id: shortText.nullish(),
  })
  .refine(namesOneWorkItem, workItemAddressError);

export const recordBranchDeletion = z
  .object({
    ...workItemAddress,
    /** A clock that runs ahead counts as now. */
    deleted_at: time.optional(),
    last_commit_hash: commitHash.nullish(),
  })
  .refine(namesOneWorkItem, workItemAddressError);

export type RecordActivity = z.infer<typeof recordActivity>;
export type RecordBranchDeletion = z.infer<typeof recordBranchDeletion>;
