import type { PushedCommit } from '../events/activity.ts';
import type { WorkItem } from '../events/work-item.ts';
import { redactText } from '../redact.ts';
import { sizedCommits, sizedPaths } from './activity-size.ts';
import { type Decision, type DecisionContext, unchanged, write } from './decision.ts';
import { identityOf, noSuchWorkItem, pastTime, workItemIdsOf } from './work-item.ts';
import type { RecordActivity, RecordBranchDeletion } from './work-item-activity-schemas.ts';
import { pushOnto } from './work-item-push.ts';

const maxSubject = 500;

/**
 * Records that somebody is at work (spec/domain.md, "activity"): at most once in
 * `activityCoalesceSeconds`, except that what is not known yet is always recorded: commits, also
 * those of work that has ended, since a push may be told after the merge it led to; files, since
 * others have to hear of them before they touch the same; and where the branch stands.
 */
export function decideRecordActivity(
  state: WorkItem | null,
  command: RecordActivity,
  context: DecisionContext,
): Decision {
  if (state === null) return noSuchWorkItem(context.entityId);
  const { kind, forced = false, agent_id = null } = command;
  const commits = unknownCommits(new Set(state.pushed_commits), command.commits);
  const paths = unknownPaths(state.touched_paths, command.paths);
  const at = pastTime(command.activity_at, context.now);
  const seconds = secondsBetween(state.last_activity_at, at);
  const branch = { ...state, head: state.pushed_head_hash };
  const { isBack, ...push } = pushOnto(branch, command, at);
  const isNews = commits.length > 0 || paths.length > 0 || push.head_commit_hash !== null || isBack;
  if (!isNews && isCoalesced(seconds, context)) return unchanged(workItemIdsOf(state));
  const data = {
    ...identityOf(state),
    kind,
    // What is told late does not make the work look older than it is.
    last_activity_at: seconds > 0 ? at : state.last_activity_at,
    commits,
    paths,
    ...push,
    forced,
    agent_id,
  };
  return write([{ type: 'imi.work.activity_observed', data }]);
}

/** Records that the branch is gone; a push that came after the deletion has brought it back. */
export function decideRecordBranchDeletion(
  state: WorkItem | null,
  command: RecordBranchDeletion,
  context: DecisionContext,
): Decision {
  if (state === null) return noSuchWorkItem(context.entityId);
  if (state.branch_deleted_at !== null) return unchanged(workItemIdsOf(state));
  const data = {
    ...identityOf(state),
    branch_deleted_at: pastTime(command.deleted_at, context.now),
    last_commit_hash: command.last_commit_hash ?? state.pushed_head_hash,
  };
  return write([{ type: 'imi.work.branch_deleted', data }]);
}

/** Whether activity `seconds` after the last recorded one goes without an event of its own. */
export const isCoalesced = (seconds: number, context: DecisionContext): boolean =>
  seconds < Math.max(context.activityCoalesceSeconds, 0.001);

/** Negative when `later` is the earlier of the two. */
export const secondsBetween = (earlier: string, later: string): number =>
  (Date.parse(later) - Date.parse(earlier)) / 1000;

/** The commits of a push that are not among those known by their hash, as one event may tell them. */
export function unknownCommits(
  known: ReadonlySet<string>,
  commits: RecordActivity['commits'] = [],
): PushedCommit[] {
  const seen = new Set(known);
  const unknown = commits.flatMap(({ hash, message, author_name, committed_at, files }) => {
    if (seen.has(hash)) return [];
    seen.add(hash);
    return {
      hash,
      message: message == null ? null : subjectOf(message),
      author_name: author_name ?? null,
      committed_at: committed_at == null ? null : new Date(committed_at).toISOString(),
      files: [...new Set(files)],
    };
  });
  return sizedCommits(unknown);
}

/** The files that are not among those known, each once, as many as one event may tell. */
export function unknownPaths(
  known: readonly string[],
  paths: RecordActivity['paths'] = [],
): string[] {
  const seen = new Set(known);
  return sizedPaths([...new Set(paths)].filter((path) => !seen.has(path)));
}

/** The first line of a commit's message: the rest may be long, and hold what nobody should see. */
const subjectOf = (message: string): string =>
  redactText(message.split('\n', 1)[0] ?? '')
    .slice(0, maxSubject)
    .toWellFormed();
