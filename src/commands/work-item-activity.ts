import type { PushedCommit } from '../events/activity.ts';
import type { WorkItem } from '../events/work-item.ts';
import { redactText } from '../redact.ts';
import { type Decision, type DecisionContext, unchanged, write } from './decision.ts';
import { identityOf, noSuchWorkItem, pastTime, workItemIdsOf } from './work-item.ts';
import type { RecordActivity } from './work-item-activity-schemas.ts';

const maxSubject = 500;

/**
 * Records that somebody is at work (spec/domain.md, "activity"): at most once in
 * `activityCoalesceSeconds`, except that commits not known yet are always recorded, also those of
 * work that has ended, since a push may be told after the merge it led to.
 */
export function decideRecordActivity(
  state: WorkItem | null,
  command: RecordActivity,
  context: DecisionContext,
): Decision {
  if (state === null) return noSuchWorkItem(context.entityId);
  const commits = unknownCommits(state, command.commits ?? []);
  const at = pastTime(command.activity_at, context.now);
  const seconds = (Date.parse(at) - Date.parse(state.last_activity_at)) / 1000;
  if (commits.length === 0 && seconds < Math.max(context.activityCoalesceSeconds, 0.001)) {
    return unchanged(workItemIdsOf(state));
  }
  const data = {
    ...identityOf(state),
    kind: command.kind,
    // What is told late does not make the work look older than it is.
    last_activity_at: seconds > 0 ? at : state.last_activity_at,
    commits,
  };
  return write([{ type: 'imi.work.activity_observed', data }]);
}

function unknownCommits(
  state: WorkItem,
  commits: NonNullable<RecordActivity['commits']>,
): PushedCommit[] {
  const known = new Set(state.pushed_commits);
  return commits.flatMap(({ hash, message, author_name, committed_at, files }) => {
    if (known.has(hash)) return [];
    known.add(hash);
    return {
      hash,
      message: message == null ? null : subjectOf(message),
      author_name: author_name ?? null,
      committed_at: committed_at == null ? null : new Date(committed_at).toISOString(),
      files: [...new Set(files)],
    };
  });
}

/** The first line of a commit's message: the rest may be long, and hold what nobody should see. */
const subjectOf = (message: string): string =>
  redactText(message.split('\n', 1)[0] ?? '')
    .slice(0, maxSubject)
    .toWellFormed();
