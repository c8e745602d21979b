import { deletionAfterPush } from '../events/activity.ts';
import type { RecordActivity } from './work-item-activity-schemas.ts';

/** How a branch stands at its remote, as far as it is known. */
export interface KnownBranch {
  readonly head: string | null;
  readonly pushed_at: string | null;
  readonly branch_deleted_at: string | null;
}

/**
 * What something seen at `at` says of a branch when it is a push and no later one is known: when it
 * was, where the branch stands after it (null when it stood there), and whether that has brought the
 * branch back.
 */
export function pushOnto(
  { head, pushed_at, branch_deleted_at }: KnownBranch,
  {
    kind,
    head_commit_hash: told,
  }: { readonly kind: string } & Pick<RecordActivity, 'head_commit_hash'>,
  at: string,
) {
  const isLatest = kind === 'push' && (pushed_at === null || at >= pushed_at);
  return {
    head_commit_hash: isLatest && told != null && told !== head ? told : null,
    pushed_at: isLatest ? at : null,
    isBack:
      isLatest && branch_deleted_at !== null && deletionAfterPush(branch_deleted_at, at) === null,
  };
}
