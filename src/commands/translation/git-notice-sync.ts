import type { InboundMessage } from '../../bloodbank/envelope-in.ts';
import { MalformedMessageError } from '../../bloodbank/malformed.ts';
import type { JsonObject } from '../../events/event-store.ts';
import { maxLongText } from '../fields.ts';
import { branchOf, countOf, hashOf, momentOf } from './git-fields.ts';
import { placeOf } from './git-notice-place.ts';
import { observed, type Translation } from './translation.ts';
import { firstOf, given, vendorText } from './vendor-fields.ts';

/**
 * What `git.sync_completed` means: somebody has looked at a checkout. Throws `MalformedMessageError`
 * when it does not say which: by its path, or by repository and branch.
 */
export function translateSyncNotice(body: JsonObject, message: InboundMessage): Translation {
  const place = placeOf(body, message);
  const branch_name = branchOf(firstOf(body, ['branch', 'branch_name']));
  const isPlace =
    place.worktree_path !== undefined ||
    (place.remote_origin !== undefined && branch_name !== undefined);
  if (!isPlace) {
    throw new MalformedMessageError(
      'bad_event',
      'worktree_path is not a path: give it, or repo and branch',
    );
  }
  return observed({
    id: message.commandId,
    where: given({ ...place, branch_name }),
    at: momentOf(firstOf(body, ['synced_at', 'last_sync_at'])) ?? message.timestamp,
    what: { kind: 'sync', git_state: gitStateOf(body) },
  });
}

/** Under the names of `update_git_state`, where the number of files is what counts, too. */
function gitStateOf(body: JsonObject): JsonObject {
  const count = countOf(firstOf(body, ['uncommitted_count', 'uncommitted_files_count']));
  const flag = firstOf(body, ['has_uncommitted', 'has_uncommitted_changes']);
  const told = typeof flag === 'boolean' ? flag : undefined;
  return given({
    has_uncommitted_changes: count === undefined ? told : count > 0,
    uncommitted_files_count: count,
    ahead_of_trunk: countOf(firstOf(body, ['ahead', 'ahead_of_trunk', 'commits_ahead'])),
    behind_trunk: countOf(firstOf(body, ['behind', 'behind_trunk', 'commits_behind'])),
    last_commit_hash: hashOf(firstOf(body, ['last_commit_hash', 'commit_hash'])),
    last_commit_message: vendorText(body.last_commit_message, maxLongText),
  });
}
