import { isObject } from '../../bloodbank/json-body.ts';
import { MalformedMessageError } from '../../bloodbank/malformed.ts';
import type { JsonObject } from '../../events/event-store.ts';
import { momentOf } from './git-fields.ts';
import { repositoryOf, type VendorRepository } from './git-repository.ts';
import type { Sighting } from './observation.ts';
import { given } from './vendor-fields.ts';

/** The repository of a GitHub body; throws `MalformedMessageError` when none of `values` names it. */
export function githubRepository(...values: readonly unknown[]): VendorRepository {
  const repository = repositoryOf(...values);
  if (repository === undefined) {
    throw new MalformedMessageError(
      'bad_event',
      'repository names no repository: give ssh_url, clone_url, html_url or full_name',
    );
  }
  return repository;
}

/** When the repository was last pushed to: seconds in pushes, RFC 3339 in everything else. */
export const pushedAtOf = ({ repository }: JsonObject): string | undefined =>
  isObject(repository) ? momentOf(repository.pushed_at) : undefined;

/** A place in a repository: one of its branches, when that is told. */
export const whereIn = (repository: VendorRepository, branch?: string): Sighting =>
  given({
    remote_origin: repository.origin,
    branch_name: branch,
    default_branch: repository.defaultBranch,
  });
