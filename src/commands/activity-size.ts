import type { PushedCommit } from '../events/activity.ts';

/**
 * What the commits and the files of one event may take, in bytes of JSON. EventStoreDB takes 1 MiB
 * per append by default (spec/eventstoredb.md), and a push may name 2,048 commits and any number
 * of files.
 */
const maxCommitBytes = 600_000;
const maxPathBytes = 300_000;

const shortText = 40;

/**
 * The commits of a push, cut to what an event may hold: the oldest ones lose the files they name,
 * and if that is not enough, all of them have their texts cut. None is left out.
 */
export function sizedCommits(commits: PushedCommit[]): PushedCommit[] {
  let bytes = sizeOf(commits);
  if (bytes <= maxCommitBytes) return commits;
  const cut = commits.map((commit) => {
    if (bytes <= maxCommitBytes) return commit;
    bytes -= sizeOf(commit.files) - 2;
    return { ...commit, files: [] };
  });
  if (bytes <= maxCommitBytes) return cut;
  return cut.map((commit) => ({
    ...commit,
    message: shortened(commit.message),
    author_name: shortened(commit.author_name),
  }));
}

/** As many of the paths as an event may hold, the first of them. */
export function sizedPaths(paths: readonly string[]): string[] {
  let bytes = 0;
  return paths.filter((path) => {
    bytes += sizeOf(path) + 1;
    return bytes <= maxPathBytes;
  });
}

const encoder = new TextEncoder();
const sizeOf = (value: unknown): number => encoder.encode(JSON.stringify(value)).length;

const shortened = (text: string | null): string | null =>
  text === null ? null : text.slice(0, shortText).toWellFormed();
