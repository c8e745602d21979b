import { MalformedMessageError } from '../../bloodbank/malformed.ts';
import { sightedCommits } from './git-commits.ts';
import { hashOf, isNoCommit } from './git-fields.ts';
import type { Seen } from './observation.ts';

/** What was told of a push, as it was told. */
export interface ToldPush {
  readonly before: unknown;
  readonly after: unknown;
  readonly deleted: unknown;
  readonly forced: unknown;
  readonly commits: unknown;
  /** The hash of the last commit, for when `after` does not say it. */
  readonly lastCommit: unknown;
}

/**
 * What a push has done to its branch: moved it, or ended it. Throws `MalformedMessageError` when it
 * does not say where to.
 */
export function seenOf(push: ToldPush): Seen {
  if (push.deleted === true || isNoCommit(push.after)) {
    const last = hashOf(push.before);
    return { kind: 'branch_deleted', ...(last !== undefined && { last_commit_hash: last }) };
  }
  const commits = sightedCommits(push.commits);
  const head = hashOf(push.after) ?? hashOf(push.lastCommit) ?? commits.at(-1)?.hash;
  if (head === undefined) {
    throw new MalformedMessageError(
      'bad_event',
      'after is not a commit hash: give that of the head',
    );
  }
  return { kind: 'push', commits, head_commit_hash: head, forced: push.forced === true };
}
