import type { InboundMessage } from '../../bloodbank/envelope-in.ts';
import type { JsonObject } from '../../events/event-store.ts';
import { maxShortText } from '../fields.ts';
import { branchOf, pathOf } from './git-fields.ts';
import { repositoryOf } from './git-repository.ts';
import type { Sighting } from './observation.ts';
import { firstOf, given, vendorText } from './vendor-fields.ts';

/** Spellings under which a minimal form may name its repository. */
const repositoryNames = [
  ...['repo', 'repository', 'remote_origin', 'repo_url', 'repository_url', 'remote_url'],
];

/** Where the minimal form of an event says that it happened, except for the branch. */
export function placeOf(
  body: JsonObject,
  { source }: InboundMessage,
): Omit<Sighting, 'branch_name'> {
  const repository = repositoryOf(...repositoryNames.map((name) => body[name]));
  const worktree_path = pathOf(firstOf(body, ['worktree_path', 'path']));
  const sender = source.host === 'unknown' ? undefined : source.host;
  return given({
    remote_origin: repository?.origin,
    default_branch: branchOf(body.default_branch) ?? repository?.defaultBranch,
    worktree_path,
    host:
      worktree_path === undefined
        ? undefined
        : (vendorText(body.host, maxShortText) ?? vendorText(sender, maxShortText)),
    agent_id: vendorText(body.agent_id, maxShortText),
  });
}
