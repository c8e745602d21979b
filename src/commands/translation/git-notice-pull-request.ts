import type { InboundMessage } from '../../bloodbank/envelope-in.ts';
import { isObject } from '../../bloodbank/json-body.ts';
import { MalformedMessageError } from '../../bloodbank/malformed.ts';
import type { JsonObject } from '../../events/event-store.ts';
import type { PrState } from '../../events/pull-request.ts';
import { maxShortText, maxTitleText } from '../fields.ts';
import type { GitEventName } from './git-event-names.ts';
import { branchOf, hashOf, momentOf, pageOf, prNumberOf, pullRequestAt } from './git-fields.ts';
import { placeOf } from './git-notice-place.ts';
import { observed, type Translation } from './translation.ts';
import { firstOf, given, vendorText } from './vendor-fields.ts';

const urls = ['pr_url', 'html_url', 'url'];
const numbers = ['pr_number', 'pull_request_number', 'number'];
const branches = ['branch', 'branch_name', 'head_branch', 'head_ref', 'source_branch'];
const mergeCommits = ['merge_commit_hash', 'merge_commit_sha', 'merge_commit'];
const times = ['updated_at', 'merged_at', 'closed_at'];

/**
 * The minimal form of what happened to a pull request: its number and repository, or its address,
 * which tells both. How it stands is told by the body, else by what the event is called. Throws
 * `MalformedMessageError` when it has no number, place or state.
 */
export function translatePullRequestNotice(
  body: JsonObject,
  claim: GitEventName | undefined,
  message: InboundMessage,
): Translation {
  const page = firstOf(body, urls);
  const address = pullRequestAt(page);
  const pr_number = prNumberOf(firstOf(body, numbers)) ?? address?.number;
  if (pr_number === undefined) {
    throw new MalformedMessageError('bad_event', 'pr_number is not that of a pull request');
  }
  const place = placeOf(body, message);
  const remote_origin = place.remote_origin ?? address?.remoteOrigin;
  if (remote_origin === undefined && place.worktree_path === undefined) {
    throw new MalformedMessageError(
      'bad_event',
      'repo names no repository: give its remote, or pr_url',
    );
  }
  const pr_state = stateOf(body, claim?.kind === 'pull_request' ? claim.state : undefined);
  if (pr_state === undefined) {
    throw new MalformedMessageError('bad_event', 'state is not open, closed or merged');
  }
  const isMerged = pr_state === 'merged';
  return observed({
    id: message.commandId,
    where: given({ ...place, remote_origin, branch_name: branchOf(firstOf(body, branches)) }),
    at: momentOf(firstOf(body, times)) ?? message.timestamp,
    what: {
      kind: 'pull_request',
      pr: given({
        pr_number,
        pr_state,
        pr_url: pageOf(page),
        pr_title: vendorText(firstOf(body, ['title', 'pr_title']), maxTitleText),
        head_commit_hash: hashOf(firstOf(body, ['head_sha', 'head_commit_hash', 'commit_hash'])),
        merge_commit_hash: isMerged ? hashOf(firstOf(body, mergeCommits)) : undefined,
        merged_by: isMerged ? personOf(firstOf(body, ['merged_by', 'author'])) : undefined,
      }),
    },
  });
}

/** As the body says; of what it leaves open the name of the event decides. */
function stateOf(body: JsonObject, named: PrState | undefined): PrState | undefined {
  const { state, pr_state = state, merged, merged_at } = body;
  const word = typeof pr_state === 'string' ? pr_state.trim().toLowerCase() : '';
  if (word === 'open' || word === 'opened') return 'open';
  if (word === 'merged' || merged === true || momentOf(merged_at) !== undefined) return 'merged';
  if (named === 'merged') return merged === false ? 'closed' : 'merged';
  return word === 'closed' ? 'closed' : named;
}

const personOf = (value: unknown): string | undefined =>
  vendorText(isObject(value) ? firstOf(value, ['login', 'username', 'name']) : value, maxShortText);
