import { createHash } from 'node:crypto';

/** A repository whose webhooks GitHub would send like this, as far as iMi looks at them. */
export interface DemoRepository {
  readonly fullName: string;
  /** Sets the commits of one day apart from those of another. */
  readonly day: string;
}

interface DemoCommit {
  readonly message: string;
  readonly files: readonly string[];
}

const sender = { login: 'ada' };
const noCommit = '0'.repeat(40);

/** The n-th commit hash of the day. */
export const commitOf = ({ day }: DemoRepository, n: number): string =>
  createHash('sha1').update(`${day} ${n}`).digest('hex');

const repositoryOf = ({ fullName }: DemoRepository) => ({
  full_name: fullName,
  ssh_url: `git@github.com:${fullName}.git`,
  clone_url: `https://github.com/${fullName}.git`,
  default_branch: 'main',
});

/** Webhook `push`: a new branch with these commits, the first of which is the n-th of the day. */
export function pushed(
  repository: DemoRepository,
  branch: string,
  n: number,
  commits: readonly DemoCommit[],
) {
  const timestamp = new Date().toISOString();
  const listed = commits.map(({ message, files }, index) => ({
    id: commitOf(repository, n + index),
    message,
    timestamp,
    author: { name: sender.login },
    ...{ added: files, removed: [], modified: [], distinct: true },
  }));
  return {
    ref: `refs/heads/${branch}`,
    before: noCommit,
    after: commitOf(repository, n + commits.length - 1),
    ...{ created: true, deleted: false, forced: false },
    commits: listed,
    head_commit: listed.at(-1),
    repository: { ...repositoryOf(repository), pushed_at: Math.floor(Date.now() / 1000) },
    ...{ pusher: { name: sender.login }, sender },
  };
}

/** Webhook `pull_request`: opened, or, with the hash of its merge commit, merged. */
export function pullRequest(
  repository: DemoRepository,
  pr: {
    readonly number: number;
    readonly title: string;
    readonly branch: string;
    readonly n: number;
  },
  mergeCommit: string | null,
) {
  const repo = { full_name: repository.fullName };
  return {
    action: mergeCommit === null ? 'opened' : 'closed',
    number: pr.number,
    pull_request: {
      number: pr.number,
      title: pr.title,
      html_url: `https://github.com/${repository.fullName}/pull/${pr.number}`,
      state: mergeCommit === null ? 'open' : 'closed',
      merged: mergeCommit !== null,
      merged_by: mergeCommit === null ? null : sender,
      merge_commit_sha: mergeCommit,
      head: { ref: pr.branch, sha: commitOf(repository, pr.n), repo },
      base: { ref: 'main', repo },
      updated_at: new Date().toISOString(),
    },
    ...{ repository: repositoryOf(repository), sender },
  };
}
