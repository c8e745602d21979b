import { expect, test } from 'vitest';
import { sizedCommits, sizedPaths } from '../../src/commands/activity-size.ts';

const commit = (n: number, files: string[], message = 'Spin') => ({
  hash: String(n).padStart(40, '0'),
  message,
  author_name: 'Ann',
  committed_at: '2026-01-21T14:30:22.000Z',
  files,
});

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

test('what fits stays as it is', () => {
  const commits = [commit(1, ['a.ts'])];
  expect(sizedCommits(commits)).toBe(commits);
  expect(sizedPaths(['a.ts', 'b.ts'])).toEqual(['a.ts', 'b.ts']);
});

test('a push that names too many files keeps every commit, and the files of the newest', () => {
  const commits = Array.from({ length: 2048 }, (_, n) =>
    commit(
      n,
      Array.from({ length: 20 }, (_, file) => `src/some/folder/${n}-${file}.ts`),
    ),
  );
  const sized = sizedCommits(commits);
  expect(bytesOf(sized)).toBeLessThanOrEqual(601_000);
  expect(sized.map(({ hash }) => hash)).toEqual(commits.map(({ hash }) => hash));
  expect(sized[0]?.files).toEqual([]);
  expect(sized.at(-1)).toEqual(commits.at(-1));
  expect(sized.filter(({ files }) => files.length > 0).length).toBeGreaterThan(200);
});

test('one with long texts has them cut, never in the middle of a character', () => {
  const commits = Array.from({ length: 2048 }, (_, n) => commit(n, [], '😀'.repeat(250)));
  const sized = sizedCommits(commits);
  expect(bytesOf(sized)).toBeLessThan(1_000_000);
  expect(sized.every(({ message }) => message?.isWellFormed())).toBe(true);
  expect(sized).toHaveLength(2048);
});

test('of too many long paths the first are kept', () => {
  const paths = Array.from({ length: 2000 }, (_, n) => `${n}/${'x'.repeat(1000)}`);
  const sized = sizedPaths(paths);
  expect(sized).toEqual(paths.slice(0, sized.length));
  expect(bytesOf(sized)).toBeLessThanOrEqual(300_100);
});
