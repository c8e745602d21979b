import { expect, it } from 'vitest';
import { branchesOf } from './branches.ts';
import { noCommit } from './github.ts';
import { parseHistory, projectHistory } from './history.ts';
import { filesOf, storyOf } from './story.ts';

const home = { owner: 'acme', name: 'widget' };

it('reads what git log wrote', () => {
  const text = `commit ${'a'.repeat(40)}
parent
author Ada Example <ada@example.com>
date 2026-01-21T15:30:22+01:00
message
  Begin
  commit by commit
A\tsrc/a b.ts
commit ${'b'.repeat(40)}
parent ${'a'.repeat(40)}
author Bob <bob@example.com>
date 2026-01-21T16:00:00Z
message
  Go on
M\tsrc/a b.ts
D\tREADME
`;
  const [first, second] = parseHistory(text);
  expect(first).toEqual({
    hash: 'a'.repeat(40),
    parent: '',
    author: { name: 'Ada Example', email: 'ada@example.com' },
    at: '2026-01-21T15:30:22+01:00',
    message: 'Begin\ncommit by commit',
    added: ['src/a b.ts'],
    modified: [],
    removed: [],
  });
  expect(second).toMatchObject({
    parent: first?.hash,
    modified: ['src/a b.ts'],
    removed: ['README'],
  });
  expect(() => parseHistory(text.replace('M\t', 'R100\t'))).toThrow('Not a file of a commit');
});

it('holds a linear history, each commit on its parent', () => {
  const history = projectHistory();
  expect(history.length).toBeGreaterThan(50);
  for (const [index, { parent }] of history.entries()) {
    expect(parent).toBe(history[index - 1]?.hash ?? '');
  }
});

it('cuts it into branches of every kind, and loses no commit', () => {
  const history = projectHistory();
  const branches = branchesOf(history);
  expect(branches.flatMap(({ commits }) => commits)).toEqual(history.slice(1));
  const kinds = new Set(branches.map(({ ending, registration }) => `${ending} ${registration}`));
  for (const registration of ['before', 'later', 'never']) {
    expect([...kinds].some((kind) => kind === `merge ${registration}`)).toBe(true);
  }
  for (const ending of ['merge', 'squash', 'unmerged', 'reopened']) {
    expect([...kinds].some((kind) => kind.startsWith(ending))).toBe(true);
  }
  expect(branches.filter(({ draft }) => draft !== null).length).toBeGreaterThan(3);
  expect(branches.filter(({ isDeleted }) => !isDeleted).length).toBeGreaterThan(2);
  expect(new Set(branches.map(({ name }) => name)).size).toBe(branches.length);
});

it('tells of each branch what GitHub would, each push from where the last one ended', () => {
  const history = projectHistory();
  const branches = branchesOf(history);
  const { chapters, beside } = storyOf(home, history, branches);
  for (const { branch, work, end } of chapters) {
    const pushes = [...work, ...end].filter(({ event }) => event === 'push');
    let before = noCommit;
    for (const { body } of pushes) {
      expect([body.ref, body.before]).toEqual([`refs/heads/${branch.name}`, before]);
      expect(body.created).toBe(before === noCommit);
      before = body.after;
    }
    expect(before === noCommit).toBe(branch.isDeleted);
    const merged = end.filter(({ body }) => body.pull_request?.merged === true);
    expect(merged).toHaveLength(branch.ending === 'unmerged' ? 0 : 1);
    const files = pushes.flatMap(({ body }) =>
      body.commits.flatMap((commit: Record<string, string[]>) =>
        [commit.added, commit.modified, commit.removed].flat(),
      ),
    );
    expect(new Set(files)).toEqual(new Set(filesOf(branch)));
  }
  const trunk = beside.filter(({ body }) => body.ref === 'refs/heads/main');
  const mergedAtAll = branches.filter(({ mergeHash }) => mergeHash !== null);
  expect(trunk).toHaveLength(1 + mergedAtAll.length);
  expect(trunk.at(-1)?.body.after).toBe(mergedAtAll.at(-1)?.mergeHash);
  expect(beside.length).toBeGreaterThan(trunk.length);
});
