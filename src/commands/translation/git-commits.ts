import { isObject } from '../../bloodbank/json-body.ts';
import type { JsonObject } from '../../events/event-store.ts';
import { maxLongText, maxShortText } from '../fields.ts';
import { maxCommits, maxFilesOfCommit } from '../work-item-activity-schemas.ts';
import { hashOf, momentOf, pathOf } from './git-fields.ts';
import type { SightedCommit } from './observation.ts';
import { firstOf, given, vendorText } from './vendor-fields.ts';

const fileLists = ['files', 'added', 'modified', 'removed'];

/**
 * The commits that a push has brought to its branch, the newest when they are too many: each a hash
 * by itself or an object that has one; what has none is left out. So is what GitHub says was in the
 * repository before (`distinct: false`): a merge of the trunk brings the commits of everybody, and
 * they are the work of the branch they were first pushed to.
 */
export function sightedCommits(value: unknown): readonly SightedCommit[] {
  if (!Array.isArray(value)) return [];
  return value
    .slice(-maxCommits)
    .flatMap((entry: unknown) => commitOf(isObject(entry) ? entry : { hash: entry }) ?? []);
}

function commitOf(entry: JsonObject): SightedCommit | undefined {
  const hash = hashOf(firstOf(entry, ['hash', 'id', 'sha', 'commit_hash']));
  if (hash === undefined || entry.distinct === false) return undefined;
  return given({
    hash,
    message: vendorText(entry.message, maxLongText),
    author_name: authorOf(entry.author),
    committed_at: momentOf(firstOf(entry, ['timestamp', 'date', 'committed_at'])),
    files: filesOf(entry),
  });
}

function filesOf(entry: JsonObject): readonly string[] {
  const files = fileLists.flatMap((name) => {
    const list = entry[name];
    return Array.isArray(list) ? list.flatMap((file) => pathOf(file) ?? []) : [];
  });
  return [...new Set(files)].slice(0, maxFilesOfCommit);
}

/** A name by itself, as git writes it (`Ada <ada@example.com>`), or in an object. */
function authorOf(value: unknown): string | undefined {
  const name = isObject(value) ? firstOf(value, ['name', 'username', 'login']) : value;
  return typeof name === 'string'
    ? vendorText(name.slice(0, 1000).replace(/<[^>]*>\s*$/, ''), maxShortText)
    : undefined;
}
