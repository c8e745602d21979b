import type { InboundMessage } from '../../bloodbank/envelope-in.ts';
import { isObject } from '../../bloodbank/json-body.ts';
import { MalformedMessageError } from '../../bloodbank/malformed.ts';
import type { JsonObject } from '../../events/event-store.ts';
import { observationIdOf } from '../../events/ids.ts';
import { momentOf, refOf } from './git-fields.ts';
import { seenOf } from './git-push.ts';
import { githubRepository, pushedAtOf, whereIn } from './github-repository.ts';
import { ignored, observed, type Translation } from './translation.ts';

/**
 * What GitHub's `push` means: a branch was moved, or deleted; null when it is another body. The
 * pusher is no agent: people and bots push under the account of whoever set them up. Throws
 * `MalformedMessageError` for a push that names no branch, repository or head.
 */
export function translateGithubPush(body: JsonObject, message: InboundMessage): Translation | null {
  if (!isPush(body)) return null;
  const ref = refOf(body.ref);
  if (ref === undefined) {
    throw new MalformedMessageError('bad_event', 'ref names no branch: give refs/heads/<branch>');
  }
  if (ref.kind !== 'branch') {
    return ignored(ref.kind === 'tag' ? 'tag' : 'github_event_not_kept');
  }
  const { before, after, deleted, forced, commits } = body;
  const repository = githubRepository(body.repository);
  const headCommit = isObject(body.head_commit) ? body.head_commit : {};
  const what = seenOf({ before, after, deleted, forced, commits, lastCommit: headCommit.id });
  const pushedAt = pushedAtOf(body);
  return observed({
    // A branch may be moved the same way again, there and back: only the time tells that apart.
    id: observationIdOf(
      ...['github', 'push', repository.name, ref.name, text(before), text(after)],
      pushedAt ?? '',
    ),
    where: whereIn(repository, ref.name),
    // A commit may be much older than its push, which may also go back to it: its time comes last.
    at: pushedAt ?? message.timestamp ?? momentOf(headCommit.timestamp),
    what,
  });
}

/** Deployments, alerts and dispatches have a `ref` too, but move nothing. */
const isPush = (body: JsonObject): boolean =>
  !('action' in body) &&
  (Array.isArray(body.commits) || ['before', 'after'].some((name) => name in body));

const text = (value: unknown): string => (typeof value === 'string' ? value.toLowerCase() : '');
