import type { InboundMessage } from '../../bloodbank/envelope-in.ts';
import { isObject } from '../../bloodbank/json-body.ts';
import { MalformedMessageError } from '../../bloodbank/malformed.ts';
import type { JsonObject } from '../../events/event-store.ts';
import { observationIdOf } from '../../events/ids.ts';
import type { PrState } from '../../events/pull-request.ts';
import { maxShortText, maxTitleText } from '../fields.ts';
import { branchOf, hashOf, momentOf, pageOf, prNumberOf } from './git-fields.ts';
import { repositoryOf } from './git-repository.ts';
import { githubRepository, whereIn } from './github-repository.ts';
import { ignored, observed, type Translation } from './translation.ts';
import { firstOf, given, vendorText } from './vendor-fields.ts';

/** Of a review or a comment the pull request is only the place. */
const otherSubjects = ['review', 'comment', 'thread'];

/**
 * What GitHub's `pull_request` means, whatever its action: how the pull request stands now; null
 * when it is another body. Throws `MalformedMessageError` for one without number, repository or state.
 */
export function translateGithubPullRequest(
  body: JsonObject,
  message: InboundMessage,
): Translation | null {
  const pr = body.pull_request;
  if (!isObject(pr)) return null;
  if (otherSubjects.some((name) => name in body)) return ignored('github_event_not_kept');
  const pr_number = prNumberOf(body.number) ?? prNumberOf(pr.number);
  if (pr_number === undefined) {
    throw new MalformedMessageError('bad_event', 'number is not that of a pull request');
  }
  const [head, base] = [objectOf(pr.head), objectOf(pr.base)];
  const repository = githubRepository(base.repo, body.repository);
  const pr_state = stateOf(pr, body.action);
  const isMerged = pr_state === 'merged';
  const head_commit_hash = hashOf(head.sha);
  const updatedAt = momentOf(pr.updated_at);
  return observed({
    id:
      updatedAt === undefined
        ? message.commandId
        : observationIdOf(
            ...['github', 'pull_request', repository.name, String(pr_number)],
            ...[JSON.stringify(body.action ?? null), updatedAt, head_commit_hash ?? ''],
          ),
    // A branch of the same name in a fork is not ours, nor is one whose repository is gone.
    where: whereIn(
      repository,
      repositoryOf(head.repo)?.name === repository.name ? branchOf(head.ref) : undefined,
    ),
    at: updatedAt ?? momentOf(firstOf(pr, ['merged_at', 'closed_at'])) ?? message.timestamp,
    what: {
      kind: 'pull_request',
      pr: given({
        pr_number,
        pr_state,
        pr_url: pageOf(pr.html_url),
        pr_title: vendorText(pr.title, maxTitleText),
        head_commit_hash,
        // One that is not merged has the hash of a trial merge here.
        merge_commit_hash: isMerged ? hashOf(pr.merge_commit_sha) : undefined,
        merged_by: isMerged ? vendorText(objectOf(pr.merged_by).login, maxShortText) : undefined,
      }),
    },
  });
}

function stateOf(pr: JsonObject, action: unknown): PrState {
  const state = pr.state ?? (action === 'closed' ? 'closed' : undefined);
  if (state === 'closed') return pr.merged === true ? 'merged' : 'closed';
  if (state === 'open') return 'open';
  throw new MalformedMessageError('bad_event', 'pull_request.state is neither open nor closed');
}

const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
