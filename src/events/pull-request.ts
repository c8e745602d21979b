import { z } from 'zod';
import type { JsonObject } from './event-store.ts';
import { workItemIdentity } from './work-item-identity.ts';

export const prStates = ['open', 'merged', 'closed'] as const;

export type PrState = (typeof prStates)[number];

const face = {
  ...workItemIdentity,
  pr_link_id: z.uuid(),
  pr_number: z.int().positive(),
  pr_url: z.string(),
  pr_title: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()),
  /** Head of its branch, as far as it was told. */
  head_commit_hash: z.string().nullish(),
  /** When it was last changed where it lives; what is told of an earlier time is no news. */
  pr_updated_at: z.iso.datetime().nullish(),
};

export const pullRequestEvents = {
  'imi.pr.created': z.object({ ...face, pr_state: z.literal('open') }),
  'imi.pr.reopened': z.object({ ...face, pr_state: z.literal('open') }),
  'imi.pr.closed': z.object({ ...face, pr_state: z.literal('closed') }),
  /** Its title, address or head has changed, and its state has not. */
  'imi.pr.updated': z.object({
    ...face,
    pr_state: z.enum(prStates),
    changed_fields: z.array(z.string()),
  }),
  'imi.pr.merged': z.object({
    ...face,
    pr_state: z.literal('merged'),
    merge_commit_hash: z.string().nullable(),
    merged_by: z.string().nullable(),
    /** Merged before the work was registered: what the merge completed is not this work. */
    before_start: z.boolean().optional(),
  }),
} as const;

export type PullRequestEvent = {
  [T in keyof typeof pullRequestEvents]: {
    readonly type: T;
    readonly data: z.infer<(typeof pullRequestEvents)[T]>;
  };
}[keyof typeof pullRequestEvents];

/** A pull request that is linked to a work item (spec/domain.md, "Links and trace"). */
export interface PullRequest {
  readonly id: string;
  readonly pr_number: number;
  readonly pr_url: string;
  readonly pr_state: PrState;
  readonly pr_title: string | null;
  readonly head_commit_hash: string | null;
  readonly pr_updated_at: string | null;
  readonly merge_commit_hash: string | null;
  readonly merged_by: string | null;
  readonly metadata: JsonObject;
  readonly created_at: string;
  readonly updated_at: string;
}

export const isPullRequestEvent = (event: { readonly type: string }): event is PullRequestEvent =>
  Object.hasOwn(pullRequestEvents, event.type);

/** Folds one event, that happened at `at`, into the pull requests of a work item. */
export function evolvePullRequests(
  prs: readonly PullRequest[],
  event: PullRequestEvent,
  at: string,
): readonly PullRequest[] {
  const { pr_link_id: id } = event.data;
  const before = prs.find((pr) => pr.id === id);
  const after = event.type === 'imi.pr.created' ? opened(event.data, at) : before;
  if (after === undefined) throw new Error(`${event.type} happened to a pull request never linked`);
  const merge =
    event.type === 'imi.pr.merged'
      ? { merge_commit_hash: event.data.merge_commit_hash, merged_by: event.data.merged_by }
      : {};
  const changed = { ...after, ...told(event.data, after), ...merge, updated_at: at };
  return before ? prs.map((pr) => (pr === before ? changed : pr)) : [...prs, changed];
}

/** Every event tells the whole face; those of old say nothing of head and time. */
const told = (data: PullRequestEvent['data'], before: PullRequest) => ({
  pr_state: data.pr_state,
  pr_url: data.pr_url,
  pr_title: data.pr_title,
  head_commit_hash: data.head_commit_hash ?? before.head_commit_hash,
  pr_updated_at: data.pr_updated_at ?? before.pr_updated_at,
});

function opened(data: PullRequestEvent['data'], at: string): PullRequest {
  return {
    id: data.pr_link_id,
    pr_number: data.pr_number,
    pr_url: data.pr_url,
    pr_state: 'open',
    pr_title: data.pr_title,
    head_commit_hash: null,
    pr_updated_at: null,
    merge_commit_hash: null,
    merged_by: null,
    metadata: data.metadata,
    created_at: at,
    updated_at: at,
  };
}
