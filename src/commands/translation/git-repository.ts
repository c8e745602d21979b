import { isObject } from '../../bloodbank/json-body.ts';
import type { JsonObject } from '../../events/event-store.ts';
import { isRepositoryName, parseRemote } from '../../events/remote-origin.ts';
import { branchOf } from './git-fields.ts';

/** The repository that something happened in, as a vendor names it. */
export interface VendorRepository {
  /** Its remote, without credentials, or `owner/repo` when its host was not told. */
  readonly origin: string;
  /** `owner/repo` in lower case: equal for all spellings. */
  readonly name: string;
  readonly defaultBranch?: string;
}

const remotes = ['ssh_url', 'clone_url', 'html_url', 'url', 'full_name'];

/**
 * Reads a repository that is given as a text (a remote, or `owner/repo`) or as the object in which
 * GitHub describes it: the first of the values that names one. Undefined when none does.
 */
export function repositoryOf(...values: readonly unknown[]): VendorRepository | undefined {
  for (const value of values) {
    const repository = isObject(value) ? described(value) : named(value);
    if (repository !== undefined) return repository;
  }
  return undefined;
}

function described(value: JsonObject): VendorRepository | undefined {
  const repository = remotes.map((field) => named(value[field])).find((it) => it !== undefined);
  const defaultBranch = branchOf(value.default_branch ?? value.master_branch);
  return repository && { ...repository, ...(defaultBranch !== undefined && { defaultBranch }) };
}

function named(value: unknown): VendorRepository | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (isRepositoryName(text)) return { origin: text, name: text.toLowerCase() };
  const remote = parseRemote(text);
  if (remote === null) return undefined;
  return { origin: remote.display, name: remote.key.slice(remote.key.indexOf('/') + 1) };
}
