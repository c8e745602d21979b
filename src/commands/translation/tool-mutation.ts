import { posix } from 'node:path';
import type { InboundMessage } from '../../bloodbank/envelope-in.ts';
import { isObject } from '../../bloodbank/json-body.ts';
import type { JsonObject } from '../../events/event-store.ts';
import { maxShortText } from '../fields.ts';
import { branchOf, momentOf, pathOf } from './git-fields.ts';
import { repositoryOf } from './git-repository.ts';
import { layersOf } from './recognise.ts';
import { ignored, observed, type Translation } from './translation.ts';
import { firstOf, given, vendorText } from './vendor-fields.ts';

/** More files than one call of a tool is reasonable to change. */
export const maxPathsOfMutation = 50;

/** What tells that a body speaks of a tool that has changed files. */
const signs = ['file_path', 'file_paths', 'files', 'tool_name', 'git_root', 'repo'];

const rootNames = ['git_root', 'root', 'worktree_path', 'cwd', 'path'];
const remoteNames = ['remote_url', 'remote_origin', 'repo_url', 'remote', 'full_name'];

/**
 * What a message of `tool.mutation.*` means (spec/bloodbank.md, "What the events we consume look
 * like"): an agent has touched files in a checkout. Pure: the same message means the same. Nothing
 * of `raw_payload` is looked at.
 */
export function translateMutation(message: InboundMessage): Translation {
  const body = layersOf(message.payload).find((layer) => signs.some((sign) => sign in layer));
  if (body === undefined) return ignored('unknown_shape');
  const repo = isObject(body.repo) ? body.repo : body;
  const root = rootOf(firstOf(repo, rootNames));
  const remote = repositoryOf(firstOf(repo, remoteNames), body.repo, body.repository);
  if (root === undefined && remote === undefined) return ignored('no_place');
  const at = momentOf(body.timestamp) ?? message.timestamp;
  return observed({
    id: message.commandId,
    where: given({
      remote_origin: remote?.origin,
      branch_name: branchIn(repo),
      default_branch: remote?.defaultBranch,
      worktree_path: root,
      host: root === undefined ? undefined : hostOf(body, message),
      agent_id: vendorText(body.agent_id, maxShortText),
    }),
    ...(at !== undefined && { at }),
    what: { kind: 'tool_mutation', paths: pathsIn(body, root) },
  });
}

/** A checkout on no branch says that it is `detached`, or nothing. */
function branchIn({ branch, branch_name }: JsonObject): string | undefined {
  const name = branchOf(branch ?? branch_name);
  return name === 'detached' ? undefined : name;
}

function hostOf(body: JsonObject, { source }: InboundMessage): string | undefined {
  const sender = source.host === 'unknown' ? undefined : source.host;
  return vendorText(firstOf(body, ['host', 'hostname']) ?? sender, maxShortText);
}

function pathsIn(body: JsonObject, root: string | undefined): readonly string[] {
  const told = [body.file_path, body.file_paths, body.files].flat();
  const paths = told.flatMap((path) => relativeTo(root, path) ?? []);
  return [...new Set(paths)].slice(0, maxPathsOfMutation);
}

const slashes = (path: string): string => path.trim().replaceAll('\\', '/');
const isAbsolute = (path: string): boolean => /^(\/|[A-Za-z]:\/)/.test(path);

function rootOf(value: unknown): string | undefined {
  const path = pathOf(value);
  if (path === undefined) return undefined;
  // The root of a file system stays what it is.
  return path.length > 1 ? path.replace(/[\\/]+$/, '') : path;
}

/** A file within the repository, from its root; undefined for one that lies elsewhere. */
function relativeTo(root: string | undefined, value: unknown): string | undefined {
  const given = pathOf(value);
  if (given === undefined) return undefined;
  const path = posix.normalize(slashes(given));
  if (!isAbsolute(path)) return isWithin(path) ? path : undefined;
  if (root === undefined) return undefined;
  const relative = posix.relative(posix.normalize(slashes(root)), path);
  return isWithin(relative) ? relative : undefined;
}

const isWithin = (path: string): boolean =>
  path !== '' && path !== '.' && path !== '..' && !path.startsWith('../') && !isAbsolute(path);
