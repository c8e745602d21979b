import type { Branch } from './branches.ts';
import type { HistoryCommit } from './history.ts';

/** A repository on GitHub. */
export interface Home {
  readonly owner: string;
  readonly name: string;
}

// biome-ignore lint/suspicious/noExplicitAny: JSON as GitHub sends it
export type Body = Record<string, any>;

export const noCommit = '0'.repeat(40);
export const trunk = 'main';

export const fullNameOf = ({ owner, name }: Home): string => `${owner}/${name}`;

const person = (login: string) => ({
  ...{ login, id: 7, type: 'User', site_admin: false },
  html_url: `https://github.com/${login}`,
});

export interface Push {
  /** Such as `refs/heads/main`. */
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  /** With those that another branch had brought before. */
  readonly commits: readonly { readonly commit: HistoryCommit; readonly isDistinct: boolean }[];
  readonly isForced?: boolean;
  readonly at: Date;
}

/** The body of GitHub's `push` webhook. */
export function pushBody(home: Home, { ref, before, after, commits, at, ...push }: Push): Body {
  const base = `https://github.com/${fullNameOf(home)}`;
  const shown = commits.map(({ commit, isDistinct }) => commitBody(base, commit, isDistinct));
  return {
    ref,
    before,
    after,
    // In this webhook, other than in all others, times of the repository are seconds.
    repository: repositoryBody(home, Math.floor(at.getTime() / 1000)),
    pusher: { name: 'ada', email: 'ada@example.com' },
    sender: person('ada'),
    created: before === noCommit,
    deleted: after === noCommit,
    forced: push.isForced ?? false,
    base_ref: null,
    compare: `${base}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
    commits: shown,
    head_commit: after === noCommit ? null : (shown.at(-1) ?? null),
  };
}

const commitBody = (base: string, commit: HistoryCommit, distinct: boolean): Body => ({
  id: commit.hash,
  tree_id: commit.hash,
  distinct,
  message: commit.message,
  timestamp: commit.at,
  url: `${base}/commit/${commit.hash}`,
  author: { ...commit.author, username: 'ada' },
  committer: { ...commit.author, username: 'ada' },
  added: commit.added,
  removed: commit.removed,
  modified: commit.modified,
});

function repositoryBody(home: Home, pushed_at: number | string): Body {
  const full_name = fullNameOf(home);
  return {
    id: 5001,
    name: home.name,
    full_name,
    private: false,
    owner: person(home.owner),
    fork: false,
    html_url: `https://github.com/${full_name}`,
    ssh_url: `git@github.com:${full_name}.git`,
    clone_url: `https://github.com/${full_name}.git`,
    default_branch: trunk,
    pushed_at,
  };
}

export type PrAction = 'opened' | 'synchronize' | 'closed' | 'reopened';

/** The body of GitHub's `pull_request` webhook. `head` is where the branch stands then. */
export function pullRequestBody(
  home: Home,
  branch: Branch,
  { action, head, at, merged }: { action: PrAction; head: string; at: Date; merged: boolean },
): Body {
  const time = at.toISOString();
  const repo = repositoryBody(home, time);
  const side = (ref: string, sha: string) => ({ label: `${home.owner}:${ref}`, ref, sha, repo });
  return {
    action,
    number: branch.prNumber,
    pull_request: {
      number: branch.prNumber,
      html_url: `https://github.com/${fullNameOf(home)}/pull/${branch.prNumber}`,
      state: action === 'closed' ? 'closed' : 'open',
      title: branch.title,
      user: person('ada'),
      updated_at: time,
      closed_at: action === 'closed' ? time : null,
      merged_at: merged ? time : null,
      // An unmerged one has that of a trial merge.
      merge_commit_sha: branch.mergeHash ?? head.replace(/^./, 'f'),
      merged,
      merged_by: merged ? person('grace') : null,
      head: side(branch.name, head),
      base: side(trunk, branch.commits[0].parent),
    },
    repository: repo,
    sender: person('ada'),
  };
}
