import type { Branch } from './branches.ts';
import {
  type Body,
  type Home,
  noCommit,
  type PrAction,
  pullRequestBody,
  pushBody,
  trunk,
} from './github.ts';
import type { HistoryCommit } from './history.ts';

/** One webhook. */
export interface Told {
  /** `push` or `pull_request`, as GitHub's header has it. */
  readonly event: 'push' | 'pull_request';
  readonly key: string;
  readonly body: Body;
}

/** What GitHub tells of a branch while it is worked on, and of how it came to its end. */
export interface Chapter {
  readonly branch: Branch;
  readonly work: readonly Told[];
  readonly end: readonly Told[];
}

const ref = (branch: string) => `refs/heads/${branch}`;
const after = (at: string | Date, seconds: number) =>
  new Date(new Date(at).getTime() + seconds * 1000);

/** The chapters of a history, and what is told of the trunk and of tags beside them. */
export function storyOf(
  home: Home,
  [first]: readonly HistoryCommit[],
  branches: readonly Branch[],
): { readonly chapters: readonly Chapter[]; readonly beside: readonly Told[] } {
  if (first === undefined) throw new Error('A history without commits tells nothing');
  const push = (...[given]: [Parameters<typeof pushBody>[1]]): Told => ({
    event: 'push',
    key: 'git.push',
    body: pushBody(home, given),
  });
  const distinct = (commit: HistoryCommit) => ({ commit, isDistinct: true });
  let tip = first.hash;
  const beside: Told[] = [
    push({
      ref: ref(trunk),
      before: noCommit,
      after: tip,
      commits: [distinct(first)],
      at: new Date(first.at),
    }),
  ];
  const chapters = branches.map((branch) => {
    const chapter = chapterOf(home, branch, push);
    const { mergeHash, ending } = branch;
    const last = branch.commits.at(-1) ?? branch.commits[0];
    if (mergeHash !== null) {
      const merge = { ...last, hash: mergeHash, message: `${branch.title} (#${branch.prNumber})` };
      const brought = branch.commits.map((commit) => ({ commit, isDistinct: false }));
      const at = after(last.at, 120);
      const commits = [...(ending === 'squash' ? [] : brought), distinct(merge)];
      beside.push(push({ ref: ref(trunk), before: tip, after: mergeHash, commits, at }));
      tip = mergeHash;
      if (branch.prNumber % 10 === 0) {
        const tag = `refs/tags/v0.${branch.prNumber}.0`;
        beside.push(push({ ref: tag, before: noCommit, after: tip, commits: [], at }));
      }
    }
    return chapter;
  });
  return { chapters, beside };
}

function chapterOf(
  home: Home,
  branch: Branch,
  push: (given: Parameters<typeof pushBody>[1]) => Told,
): Chapter {
  const { commits, draft, ending } = branch;
  const [first] = commits;
  const last = commits.at(-1) ?? first;
  const pr = (action: PrAction, head: string, at: Date, merged = false): Told => ({
    event: 'pull_request',
    key: `git.pr.${merged ? 'merged' : action}`,
    body: pullRequestBody(home, branch, { action, head, at, merged }),
  });
  // Each is pushed by itself; what is amended is pushed as it was first.
  const pushed = draft === null ? commits : [...commits.slice(0, -1), draft, last];
  const work: Told[] = [];
  let at = new Date(0);
  for (const [index, commit] of pushed.entries()) {
    // A rebased commit keeps the time of its first writing, which may be that of the wrong day.
    at = new Date(Math.max(Date.parse(commit.at), after(at, 30).getTime()));
    work.push(
      push({
        ref: ref(branch.name),
        before: pushed[index - 1]?.hash ?? noCommit,
        after: commit.hash,
        commits: [{ commit, isDistinct: true }],
        isForced: draft !== null && commit === last,
        at,
      }),
      pr(index === 0 ? 'opened' : 'synchronize', commit.hash, after(at, 10)),
    );
  }
  const end: Told[] = [];
  if (ending === 'unmerged') end.push(pr('closed', last.hash, after(at, 60)));
  if (ending === 'reopened') {
    work.push(pr('closed', last.hash, after(at, 60)), pr('reopened', last.hash, after(at, 90)));
  }
  if (ending !== 'unmerged') end.push(pr('closed', last.hash, after(at, 120), true));
  if (branch.isDeleted) {
    end.push(
      push({
        ref: ref(branch.name),
        before: last.hash,
        after: noCommit,
        commits: [],
        at: after(at, 180),
      }),
    );
  }
  return { branch, work, end };
}

/** Commits that were pushed to a branch, the amended one included. */
export const pushedTo = ({ commits, draft }: Branch): readonly HistoryCommit[] =>
  draft === null ? commits : [...commits, draft];

/** Files that the commits of a branch have touched. */
export const filesOf = (branch: Branch): readonly string[] => [
  ...new Set(
    pushedTo(branch).flatMap(({ added, modified, removed }) => [...added, ...modified, ...removed]),
  ),
];
