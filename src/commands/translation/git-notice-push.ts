import type { InboundMessage } from '../../bloodbank/envelope-in.ts';
import { MalformedMessageError } from '../../bloodbank/malformed.ts';
import type { JsonObject } from '../../events/event-store.ts';
import { momentOf, refOf } from './git-fields.ts';
import { placeOf } from './git-notice-place.ts';
import { seenOf } from './git-push.ts';
import { ignored, observed, type Translation } from './translation.ts';
import { firstOf } from './vendor-fields.ts';

/**
 * The minimal form of a push: `{branch, repo or worktree_path, commits: [hash or {hash, …}]}` in
 * many spellings. Throws `MalformedMessageError` when it names no branch, no place or no head.
 */
export function translatePushNotice(body: JsonObject, message: InboundMessage): Translation {
  const ref = refOf(firstOf(body, ['branch', 'branch_name', 'ref']));
  if (ref === undefined) throw new MalformedMessageError('bad_event', 'branch names no branch');
  if (ref.kind !== 'branch') {
    return ignored(ref.kind === 'tag' ? 'tag' : 'github_event_not_kept');
  }
  const place = placeOf(body, message);
  if (place.remote_origin === undefined && place.worktree_path === undefined) {
    throw new MalformedMessageError(
      'bad_event',
      'repo names no repository: give its remote, or worktree_path',
    );
  }
  const { before, deleted, forced, commits } = body;
  const after = firstOf(body, ['after', 'commit_hash', 'head_sha', 'head']);
  const what = seenOf({
    before: deleted === true ? (before ?? after) : before,
    ...{ after, deleted, forced, commits, lastCommit: undefined },
  });
  const newest = what.kind === 'push' ? what.commits.at(-1)?.committed_at : undefined;
  return observed({
    id: message.commandId,
    where: { ...place, branch_name: ref.name },
    at: momentOf(firstOf(body, ['pushed_at', 'timestamp'])) ?? message.timestamp ?? newest,
    what,
  });
}
