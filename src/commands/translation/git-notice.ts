import type { InboundMessage } from '../../bloodbank/envelope-in.ts';
import type { JsonObject } from '../../events/event-store.ts';
import type { GitEventName } from './git-event-names.ts';
import { pullRequestAt } from './git-fields.ts';
import { translatePullRequestNotice } from './git-notice-pull-request.ts';
import { translatePushNotice } from './git-notice-push.ts';
import { translateSyncNotice } from './git-notice-sync.ts';
import type { Translation } from './translation.ts';
import { firstOf } from './vendor-fields.ts';

type NoticeKind = GitEventName['kind'];

/** Fields that only one kind of notice has. */
const marks: readonly (readonly [NoticeKind, readonly string[]])[] = [
  ['pull_request', ['pr_number', 'pull_request_number', 'pr_url']],
  ['push', ['commits', 'ref', 'before', 'after', 'forced', 'deleted']],
  [
    'sync',
    [
      ...['has_uncommitted', 'has_uncommitted_changes', 'uncommitted_count'],
      ...['uncommitted_files_count', 'ahead', 'ahead_of_trunk', 'commits_ahead'],
      ...['behind', 'behind_trunk', 'commits_behind'],
    ],
  ],
];

/** The kinds of notice that a body could be by its fields. */
export function noticeKindsOf(body: JsonObject): readonly NoticeKind[] {
  const kinds = marks.filter(([, names]) => firstOf(body, names) !== undefined);
  const isPage = pullRequestAt(firstOf(body, ['html_url', 'url'])) !== undefined;
  return [...(isPage ? (['pull_request'] as const) : []), ...kinds.map(([kind]) => kind)];
}

/**
 * What the documented minimal forms of `git.push`, `git.pr.*` and `git.sync_completed` mean. What
 * the event is called decides as long as the fields do not say that it is another. Null when
 * neither says what it is. Throws `MalformedMessageError` for one without what it is about.
 */
export function translateGitNotice(
  body: JsonObject,
  claim: GitEventName | undefined,
  message: InboundMessage,
): Translation | null {
  const kinds = noticeKindsOf(body);
  const isClaimed = claim !== undefined && (kinds.length === 0 || kinds.includes(claim.kind));
  switch (isClaimed ? claim.kind : kinds[0]) {
    case 'push':
      return translatePushNotice(body, message);
    case 'pull_request':
      return translatePullRequestNotice(body, claim, message);
    case 'sync':
      return translateSyncNotice(body, message);
    default:
      return null;
  }
}
