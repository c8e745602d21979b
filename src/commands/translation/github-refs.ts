import type { InboundMessage } from '../../bloodbank/envelope-in.ts';
import { MalformedMessageError } from '../../bloodbank/malformed.ts';
import type { JsonObject } from '../../events/event-store.ts';
import { observationIdOf } from '../../events/ids.ts';
import { branchOf } from './git-fields.ts';
import { githubRepository, pushedAtOf, whereIn } from './github-repository.ts';
import { ignored, observed, type Translation } from './translation.ts';

/**
 * What GitHub's `create` and `delete` mean; null when it is another body. Which of the two it is
 * only `master_branch` tells, that every `create` has. A created branch says nothing here, since it
 * does not say where it stands: the `push` that GitHub sends with it does. Throws
 * `MalformedMessageError` for the deletion of a branch without its name or repository.
 */
export function translateGithubRef(body: JsonObject, message: InboundMessage): Translation | null {
  if (typeof body.ref_type !== 'string') return null;
  if (body.ref_type === 'tag') return ignored('tag');
  if (body.ref_type !== 'branch' || 'master_branch' in body) {
    return ignored('github_event_not_kept');
  }
  const branch = branchOf(body.ref);
  if (branch === undefined) {
    throw new MalformedMessageError('bad_event', 'ref is not the name of a branch');
  }
  const repository = githubRepository(body.repository);
  const pushedAt = pushedAtOf(body);
  return observed({
    id:
      pushedAt === undefined
        ? message.commandId
        : observationIdOf('github', 'delete', repository.name, branch, pushedAt),
    where: whereIn(repository, branch),
    at: pushedAt ?? message.timestamp,
    what: { kind: 'branch_deleted' },
  });
}
