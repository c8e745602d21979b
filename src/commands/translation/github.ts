import type { InboundMessage } from '../../bloodbank/envelope-in.ts';
import { isObject } from '../../bloodbank/json-body.ts';
import type { JsonObject } from '../../events/event-store.ts';
import { claimedBy, namedIn } from './git-event-names.ts';
import { translateGitNotice } from './git-notice.ts';
import { translateGithubDeploy } from './github-deploy.ts';
import { translateGithubPullRequest } from './github-pull-request.ts';
import { translateGithubPush } from './github-push.ts';
import { translateGithubRef } from './github-refs.ts';
import { ignored, type Translation } from './translation.ts';

type Reader = (body: JsonObject, message: InboundMessage) => Translation | null;

/** Asked in turn: the first whose body it is says what it means. */
const readers: readonly Reader[] = [
  translateGithubPullRequest,
  translateGithubRef,
  translateGithubPush,
  translateGithubDeploy,
];

/**
 * What a body that GitHub has sent, or that describes a repository the way GitHub does, means
 * (spec/bloodbank.md, "What the events we consume look like"). Its shape decides, whatever it came
 * as. Pure. Throws `MalformedMessageError` for a push or a pull request without what it is about.
 */
export function translateGithub(body: JsonObject, message: InboundMessage): Translation {
  for (const read of readers) {
    const translation = read(body, message);
    if (translation !== null) return translation;
  }
  // A relay may send everything under one key; only GitHub itself says who set an event off.
  const isGithubsOwn = isObject(body.sender);
  const claim = isGithubsOwn ? namedIn(message.payload) : claimedBy(message);
  if (isGithubsOwn && claim === undefined) return ignored('github_event_not_kept');
  return translateGitNotice(body, claim, message) ?? ignored('github_event_not_kept');
}
