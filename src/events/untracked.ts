import { z } from 'zod';
import { deletionAfterPush, pushedCommit, remember } from './activity.ts';
import { prStates } from './pull-request.ts';

export const untrackedKinds = [
  'push',
  'branch_deleted',
  'pull_request',
  'tool_mutation',
  'sync',
] as const;

/** Where something moves that nobody registered: a branch of a repository, or a checkout. */
const place = {
  untracked_id: z.uuid(),
  remote_origin: z.string().nullable(),
  branch_name: z.string().nullable(),
  worktree_path: z.string().nullable(),
  host: z.string().nullable(),
};

export const untrackedPullRequest = z.object({
  pr_number: z.int().positive(),
  pr_state: z.enum(prStates),
  pr_url: z.string().nullable(),
  pr_title: z.string().nullable(),
  head_commit_hash: z.string().nullable(),
  merge_commit_hash: z.string().nullable(),
  merged_by: z.string().nullable(),
  observed_at: z.iso.datetime(),
});

export type UntrackedPullRequest = z.infer<typeof untrackedPullRequest>;

export const untrackedGitState = z.object({
  has_uncommitted_changes: z.boolean().optional(),
  uncommitted_files_count: z.int().optional(),
  ahead_of_trunk: z.int().optional(),
  behind_trunk: z.int().optional(),
  last_commit_hash: z.string().optional(),
  last_commit_message: z.string().optional(),
  last_sync_at: z.iso.datetime(),
});

export type UntrackedGitState = z.infer<typeof untrackedGitState>;

export const untrackedEvents = {
  'imi.untracked.observed': z.object({
    ...place,
    kind: z.enum(untrackedKinds),
    last_activity_at: z.iso.datetime(),
    agent_id: z.string().nullable(),
    /** Commits and files that were not known yet, the commits oldest first. */
    commits: z.array(pushedCommit),
    paths: z.array(z.string()),
    /** Where the branch stands after a push; null when that is no news, or was told late. */
    head_commit_hash: z.string().nullable(),
    pushed_at: z.iso.datetime().nullable(),
    pr: untrackedPullRequest.nullable(),
    git_state: untrackedGitState.nullable(),
  }),
  /** Work was registered there: what was seen before now belongs to it. */
  'imi.untracked.joined': z.object({
    ...place,
    work_item_id: z.uuid(),
    project_id: z.uuid(),
  }),
} as const;

export type UntrackedEvent = {
  [T in keyof typeof untrackedEvents]: {
    readonly type: T;
    readonly data: z.infer<(typeof untrackedEvents)[T]>;
  };
}[keyof typeof untrackedEvents];

/** What moves at a place without being anybody's registered work, since it was joined last. */
export interface UntrackedWork {
  readonly id: string;
  readonly remote_origin: string | null;
  readonly branch_name: string | null;
  readonly worktree_path: string | null;
  readonly host: string | null;
  /** Those seen there, in the order of their coming. */
  readonly agent_ids: readonly string[];
  readonly commit_count: number;
  readonly file_count: number;
  readonly prs: readonly UntrackedPullRequest[];
  readonly git_state: UntrackedGitState | null;
  readonly head_commit_hash: string | null;
  readonly pushed_at: string | null;
  readonly branch_deleted_at: string | null;
  readonly first_seen_at: string;
  readonly last_activity_at: string;
  /** How often something was observed: by it a joining knows that it has seen all there is. */
  readonly observations: number;
  readonly joined_work_item_id: string | null;
  /** The newest commits and files, to be handed on to the work that is registered here. */
  readonly commits: readonly z.infer<typeof pushedCommit>[];
  readonly paths: readonly string[];
}

/** Of pull requests and of agents. */
const rememberedOfEach = 50;

/** Folds one event into what is known of a place; `null` is a place where nothing was seen. */
export function evolveUntracked(state: UntrackedWork | null, event: UntrackedEvent): UntrackedWork {
  if (event.type === 'imi.untracked.observed') return afterObservation(state, event.data);
  if (state === null) throw new Error('Nothing was joined, since nothing had been observed');
  // What is observed later begins anew.
  return {
    ...nothingAt(event.data),
    observations: state.observations,
    first_seen_at: state.first_seen_at,
    last_activity_at: state.last_activity_at,
    joined_work_item_id: event.data.work_item_id,
  };
}

type Observed = Extract<UntrackedEvent, { type: 'imi.untracked.observed' }>['data'];
type Place = Pick<
  Observed,
  'untracked_id' | 'remote_origin' | 'branch_name' | 'worktree_path' | 'host'
>;

const nothingAt = ({
  untracked_id,
  remote_origin,
  branch_name,
  worktree_path,
  host,
}: Place): Omit<UntrackedWork, 'first_seen_at' | 'last_activity_at'> => ({
  id: untracked_id,
  remote_origin,
  branch_name,
  worktree_path,
  host,
  agent_ids: [],
  commit_count: 0,
  file_count: 0,
  prs: [],
  git_state: null,
  head_commit_hash: null,
  pushed_at: null,
  branch_deleted_at: null,
  observations: 0,
  joined_work_item_id: null,
  commits: [],
  paths: [],
});

function afterObservation(state: UntrackedWork | null, seen: Observed): UntrackedWork {
  const { last_activity_at, agent_id, pr } = seen;
  const isFresh = state === null || state.joined_work_item_id !== null;
  const before = isFresh ? nothingAt(seen) : state;
  return {
    ...before,
    remote_origin: seen.remote_origin ?? before.remote_origin,
    branch_name: seen.branch_name ?? before.branch_name,
    worktree_path: seen.worktree_path ?? before.worktree_path,
    host: seen.host ?? before.host,
    agent_ids:
      agent_id === null || before.agent_ids.includes(agent_id)
        ? before.agent_ids
        : [...before.agent_ids, agent_id].slice(-rememberedOfEach),
    commit_count: before.commit_count + seen.commits.length,
    file_count: before.file_count + seen.paths.length,
    prs:
      pr === null
        ? before.prs
        : [...before.prs.filter((each) => each.pr_number !== pr.pr_number), pr].slice(
            -rememberedOfEach,
          ),
    git_state: seen.git_state ?? before.git_state,
    head_commit_hash: seen.head_commit_hash ?? before.head_commit_hash,
    pushed_at: seen.pushed_at ?? before.pushed_at,
    branch_deleted_at:
      seen.kind === 'branch_deleted'
        ? last_activity_at
        : deletionAfterPush(before.branch_deleted_at, seen.pushed_at),
    observations: (state?.observations ?? 0) + 1,
    first_seen_at: isFresh ? last_activity_at : state.first_seen_at,
    last_activity_at,
    commits: remember(before.commits, seen.commits),
    paths: remember(before.paths, seen.paths),
  };
}
