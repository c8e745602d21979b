import { z } from 'zod';
import { workItemIdentity } from './work-item-identity.ts';

export const activityKinds = ['push', 'tool_mutation'] as const;

/** A commit as a push tells it: the first line of its message, and the paths it touches. */
export const pushedCommit = z.object({
  hash: z.string(),
  message: z.string().nullable(),
  author_name: z.string().nullable(),
  committed_at: z.iso.datetime().nullable(),
  files: z.array(z.string()),
});

export type PushedCommit = z.infer<typeof pushedCommit>;

export const activityEvents = {
  'imi.work.activity_observed': z.object({
    ...workItemIdentity,
    kind: z.enum(activityKinds),
    last_activity_at: z.iso.datetime(),
    /** Those that were not known yet, oldest first. */
    commits: z.array(pushedCommit),
    /** Files that an agent changed, relative to the root of the repository; those not known yet. */
    paths: z.array(z.string()).optional(),
    /** Of a push: where the branch stands after it; null when that is no news, or was told late. */
    head_commit_hash: z.string().nullish(),
    /** When the branch was pushed; null when a later push is known. */
    pushed_at: z.iso.datetime().nullish(),
    /** Of a push: it took commits away that had been there. */
    forced: z.boolean().optional(),
    /** Who was seen at work, when that was told. */
    agent_id: z.string().nullish(),
  }),
  'imi.work.branch_deleted': z.object({
    ...workItemIdentity,
    branch_deleted_at: z.iso.datetime(),
    /** Where the branch stood last. */
    last_commit_hash: z.string().nullable(),
  }),
} as const;

/** A push that came after the deletion of its branch has brought it back; one told late has not. */
export const deletionAfterPush = (
  deletedAt: string | null,
  pushedAt: string | null,
): string | null =>
  deletedAt !== null && pushedAt !== null && pushedAt > deletedAt ? null : deletedAt;

/** As many as one push can hold commits. A longer memory would cost every work item. */
const remembered = 2_048;

/** What is known already with what is new, the newest last; the oldest are forgotten. */
export const remember = <T>(known: readonly T[], more: readonly T[]): readonly T[] =>
  more.length === 0 ? known : [...known, ...more].slice(-remembered);
