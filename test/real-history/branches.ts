import { createHash } from 'node:crypto';
import type { HistoryCommit } from './history.ts';

/** How a branch came to its end. */
export type Ending = 'merge' | 'squash' | 'unmerged' | 'reopened';

/** When work was registered on it. */
export type Registration = 'before' | 'later' | 'never';

/** A stretch of the history as a branch with a pull request, as a team would have worked. */
export interface Branch {
  readonly name: string;
  readonly prNumber: number;
  readonly title: string;
  readonly commits: readonly [HistoryCommit, ...HistoryCommit[]];
  /** What the last commit was before it was amended and pushed by force; null when it was not. */
  readonly draft: HistoryCommit | null;
  readonly ending: Ending;
  readonly isDeleted: boolean;
  readonly registration: Registration;
  /** What stands on the trunk for it: a merge or a squashed commit; null when unmerged. */
  readonly mergeHash: string | null;
}

const lengths = [3, 1, 4, 2, 5, 1, 2];
const endings: readonly Ending[] = ['merge', 'squash', 'merge', 'merge', 'unmerged', 'reopened'];
const registrations: readonly Registration[] = ['before', 'never', 'before', 'later'];

/** The history after its first commit, cut into branches, each beginning where the last has ended. */
export function branchesOf([, ...history]: readonly HistoryCommit[]): readonly Branch[] {
  const branches: Branch[] = [];
  for (let at = 0; at < history.length; ) {
    const index = branches.length;
    const [first, ...more] = history.slice(at, at + (lengths[index % lengths.length] ?? 1));
    if (first === undefined) break;
    branches.push(branchOf(index, [first, ...more]));
    at += 1 + more.length;
  }
  return branches;
}

function branchOf(index: number, commits: Branch['commits']): Branch {
  const [first] = commits;
  const last = commits.at(-1) ?? first;
  const [title = ''] = first.message.split('\n');
  const slug = title
    .toLowerCase()
    .replace(/[^a-z]+/g, '-')
    .slice(0, 40)
    .replace(/^-|-$/g, '');
  const ending = endings[index % endings.length] ?? 'merge';
  return {
    name: `${index % 3 === 0 ? 'feat' : 'fix'}/${index + 1}-${slug}`,
    prNumber: index + 1,
    title,
    commits,
    draft:
      index % 5 === 3
        ? { ...last, hash: hashOf('draft', last.hash), message: `WIP ${last.message}` }
        : null,
    ending,
    isDeleted: index % 7 !== 6,
    registration: registrations[index % registrations.length] ?? 'never',
    mergeHash: ending === 'unmerged' ? null : hashOf(ending, last.hash),
  };
}

/** A hash that is not in the history. */
const hashOf = (...parts: readonly string[]): string =>
  createHash('sha1').update(parts.join(' ')).digest('hex');
