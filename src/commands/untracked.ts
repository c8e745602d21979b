import equal from 'fast-deep-equal';
import type {
  UntrackedGitState,
  UntrackedPullRequest,
  UntrackedWork,
} from '../events/untracked.ts';
import type { WorkItem } from '../events/work-item.ts';
import { type Decision, type DecisionContext, refuse, unchanged, write } from './decision.ts';
import type { JoinUntracked, ObserveUntracked } from './untracked-schemas.ts';
import { pastTime } from './work-item.ts';
import { isCoalesced, secondsBetween, unknownCommits, unknownPaths } from './work-item-activity.ts';
import { type KnownBranch, pushOnto } from './work-item-push.ts';

/**
 * Records what moves where no work is registered (spec/bloodbank.md, "No matching work item"),
 * coalesced like the activity of registered work: what is known already is recorded at most once in
 * `activityCoalesceSeconds`. `remoteOrigin` is the origin in its canonical form.
 */
export function decideObserveUntracked(
  state: UntrackedWork | null,
  command: ObserveUntracked,
  context: DecisionContext,
  remoteOrigin: string | null,
): Decision {
  const ids = { untracked_id: context.entityId };
  const known = state?.joined_work_item_id === null ? state : null;
  const { kind, agent_id = null } = command;
  // Where nothing was seen to move there is nothing to miss.
  const isGone = known === null || known.branch_deleted_at !== null;
  if (kind === 'branch_deleted' && isGone) return unchanged(ids);
  const at = pastTime(command.observed_at, context.now);
  const commits = unknownCommits(new Set(known?.commits.map(({ hash }) => hash)), command.commits);
  const paths = unknownPaths(known?.paths ?? [], command.paths);
  const { isBack, ...push } = pushOnto(known ? branchOf(known) : unseen, command, at);
  const pr = newPullRequest(known, command, at);
  const git_state = newGitState(known, command, at);
  const isNews =
    known === null ||
    kind === 'branch_deleted' ||
    isBack ||
    commits.length + paths.length > 0 ||
    [push.head_commit_hash, pr, git_state].some((part) => part !== null) ||
    (agent_id !== null && !known.agent_ids.includes(agent_id));
  if (!isNews && isCoalesced(secondsBetween(known.last_activity_at, at), context)) {
    return unchanged(ids);
  }
  const data = {
    ...ids,
    remote_origin: remoteOrigin,
    branch_name: command.branch_name ?? null,
    worktree_path: command.worktree_path ?? null,
    host: command.host ?? null,
    kind,
    last_activity_at: known !== null && known.last_activity_at > at ? known.last_activity_at : at,
    agent_id,
    commits,
    paths,
    ...push,
    pr,
    git_state,
  };
  return write([{ type: 'imi.untracked.observed', data }]);
}

/** Closes the account of a place whose work was registered, unless more has come in meanwhile. */
export function decideJoinUntracked(
  state: UntrackedWork | null,
  command: JoinUntracked,
  _context: DecisionContext,
  workItem: WorkItem | null,
): Decision {
  const { untracked_id, work_item_id } = command;
  if (state === null || workItem === null) {
    const missing = state === null ? { untracked_id } : { work_item_id };
    return refuse('NOT_FOUND', 'Nothing is known by this id', missing);
  }
  const ids = { untracked_id, work_item_id };
  if (state.joined_work_item_id !== null || state.observations !== command.observations) {
    return unchanged(ids);
  }
  const { remote_origin, branch_name, worktree_path, host } = state;
  const place = { untracked_id, remote_origin, branch_name, worktree_path, host };
  const data = { ...place, work_item_id, project_id: workItem.project_id };
  return write([{ type: 'imi.untracked.joined', data }]);
}

const unseen: KnownBranch = { head: null, pushed_at: null, branch_deleted_at: null };

const branchOf = (known: UntrackedWork): KnownBranch => ({
  ...known,
  head: known.head_commit_hash,
});

/** The pull request as it is told, unless it is known so already, or to be further on. */
function newPullRequest(
  known: UntrackedWork | null,
  { pr }: ObserveUntracked,
  observed_at: string,
): UntrackedPullRequest | null {
  if (pr === undefined) return null;
  const before = known?.prs.find(({ pr_number }) => pr_number === pr.pr_number);
  const told = {
    pr_number: pr.pr_number,
    pr_state: pr.pr_state,
    pr_url: pr.pr_url ?? before?.pr_url ?? null,
    pr_title: pr.pr_title ?? before?.pr_title ?? null,
    head_commit_hash: pr.head_commit_hash ?? before?.head_commit_hash ?? null,
    merge_commit_hash: pr.merge_commit_hash ?? before?.merge_commit_hash ?? null,
    merged_by: pr.merged_by ?? before?.merged_by ?? null,
    observed_at,
  };
  if (before === undefined) return told;
  const isLate = observed_at < before.observed_at && pr.pr_state !== 'merged';
  const isOver = before.pr_state === 'merged' && pr.pr_state !== 'merged';
  return isLate || isOver || equal({ ...told, observed_at: before.observed_at }, before)
    ? null
    : told;
}

/** The state of the checkout as it is told, unless a later look has shown otherwise, or the same. */
function newGitState(
  known: UntrackedWork | null,
  { git_state: told }: ObserveUntracked,
  at: string,
): UntrackedGitState | null {
  if (told === undefined) return null;
  const before = known?.git_state ?? null;
  if (before !== null && at < before.last_sync_at) return null;
  const { last_sync_at: _, last_commit_hash, last_commit_message, ...counts } = told;
  const next = {
    ...before,
    ...counts,
    ...(last_commit_hash != null && { last_commit_hash }),
    ...(last_commit_message != null && { last_commit_message }),
  };
  if (before !== null && equal({ ...next, last_sync_at: before.last_sync_at }, before)) return null;
  return { ...next, last_sync_at: at };
}
