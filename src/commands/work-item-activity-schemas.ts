import { z } from 'zod';
import { activityKinds } from '../events/activity.ts';
import { commitHash, longText, path, shortText } from './fields.ts';
import { namesOneWorkItem, workItemAddress, workItemAddressError } from './work-item-schemas.ts';

const time = z.iso.datetime({ offset: true });

const commit = z.object({
  hash: commitHash,
  message: longText.nullish(),
  author_name: shortText.nullish(),
  committed_at: time.nullish(),
  /** Paths that were added, changed or removed. */
  files: z.array(path).max(10_000).optional(),
});

export const recordActivity = z
  .object({
    ...workItemAddress,
    kind: z.enum(activityKinds),
    /** When it happened; a clock that runs ahead counts as now. */
    activity_at: time.optional(),
    /** Of a push, oldest first; as many as GitHub sends. */
    commits: z.array(commit).max(2_048).optional(),
  })
  .refine(namesOneWorkItem, workItemAddressError);

export type RecordActivity = z.infer<typeof recordActivity>;
