import type { InboundMessage } from '../../bloodbank/envelope-in.ts';
import { isObject } from '../../bloodbank/json-body.ts';
import { claimedBy } from './git-event-names.ts';
import { noticeKindsOf, translateGitNotice } from './git-notice.ts';
import { translateGithub } from './github.ts';
import { isGithub, layersOf } from './recognise.ts';
import { ignored, type Translation } from './translation.ts';

/**
 * What a message of `git.push`, `git.pr.*`, `git.sync_completed` or `github.pr.created` means: with
 * GitHub's body, raw or wrapped, or in the documented minimal form (spec/bloodbank.md, "What the
 * events we consume look like"). Pure: the same message means the same. Throws
 * `MalformedMessageError` for what says it is one of these and lacks what it is about.
 */
export function translateGit(message: InboundMessage): Translation {
  const layers = layersOf(message.payload);
  const github = layers.find((body) => isGithub(body) || isObject(body.pull_request));
  if (github !== undefined) return translateGithub(github, message);
  const body = layers.find((it) => noticeKindsOf(it).length > 0) ?? layers.at(-1);
  const translation = body && translateGitNotice(body, claimedBy(message), message);
  return translation ?? ignored('unknown_shape');
}
