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
  }),
} as const;

/** As many commits as one push can hold. A longer memory would cost every work item. */
const rememberedCommits = 2_048;

/** The commits a work item still knows to have seen, the newest last. */
export const rememberCommits = (
  known: readonly string[],
  commits: readonly PushedCommit[],
): readonly string[] =>
  commits.length === 0
    ? known
    : [...known, ...commits.map((commit) => commit.hash)].slice(-rememberedCommits);
