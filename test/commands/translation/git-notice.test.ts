import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/events/event-store.ts';
import { first, noCommit, observe, second, seen, translate, widget } from './git-messages.ts';

const id = '5b0f1a52-7f0e-4f0f-8a68-1d1f5d5f0a01';
const sent = { idempotency_key: id, timestamp: '2026-01-21T14:31:00Z' };
const from = (host: string) => ({
  event_id: id,
  event_type: 'git.sync_completed',
  timestamp: '2026-01-21T14:31:00Z',
  source: { host, type: 'hook', app: 'hookd' },
});

const malformed = (body: JsonObject, key: string, reason: RegExp) =>
  expect(() => translate(body, key)).toThrow(
    expect.objectContaining({ code: 'bad_event', message: expect.stringMatching(reason) }),
  );

describe('the minimal form of a push', () => {
  const push = { branch: 'feature/spin', repo: 'acme/widget', commits: [first, second] };

  it('is a branch, a repository and commits by their hashes', () => {
    expect(observe({ ...push, ...sent })).toEqual({
      id,
      where: { remote_origin: 'acme/widget', branch_name: 'feature/spin' },
      at: '2026-01-21T14:31:00.000Z',
      what: {
        kind: 'push',
        commits: [
          { hash: first, files: [] },
          { hash: second, files: [] },
        ],
        head_commit_hash: second,
        forced: false,
      },
    });
  });

  it.each<[string, JsonObject]>([
    ['hash', { hash: first }],
    ['id', { id: first }],
    ['sha', { sha: first.toUpperCase() }],
    ['commit_hash', { commit_hash: first }],
    ['time', { hash: first, date: '2026-01-21T14:10:00Z' }],
    ['time in seconds', { hash: first, timestamp: 1769004600 }],
    ['author', { hash: first, author: 'Ada' }],
    ['author as git writes one', { hash: first, author: 'Ada <ada@example.com>' }],
    ['author as an object', { hash: first, author: { name: 'Ada', email: 'ada@example.com' } }],
    ['files', { hash: first, files: ['a', 'b', 'a'], message: ' Spin ' }],
    ['files by what was done', { hash: first, added: ['a'], removed: ['b'], modified: ['a'] }],
  ])('may tell of a commit its %s', (field, commit) => {
    const expected = {
      ...(field.startsWith('time') && { committed_at: '2026-01-21T14:10:00.000Z' }),
      ...(field.startsWith('author') && { author_name: 'Ada' }),
      ...(field === 'files' && { message: 'Spin' }),
      files: field.startsWith('files') ? ['a', 'b'] : [],
    };
    expect(seen('push', { ...push, commits: [commit] }).commits).toEqual([
      { hash: first, ...expected },
    ]);
  });

  it.each(['after', 'commit_hash', 'head_sha', 'head'])('stands where %s says', (name) => {
    const { head_commit_hash, commits } = seen('push', { ...push, commits: 2, [name]: second });
    expect({ head_commit_hash, commits }).toEqual({ head_commit_hash: second, commits: [] });
  });

  it.each(['branch', 'branch_name', 'ref'])('names its branch as %s', (name) => {
    const body = { ...push, branch: undefined, [name]: 'refs/heads/feature/spin' };
    expect(observe(body).where.branch_name).toBe('feature/spin');
  });

  it.each<[string, JsonObject]>([
    ['repo', { repo: 'git@github.com:Acme/Widget.git' }],
    ['repository', { repository: 'https://github.com/Acme/Widget' }],
    ['repository as an object', { repository: { html_url: 'https://github.com/Acme/Widget' } }],
    ['remote_origin', { remote_origin: 'ssh://git@github.com/Acme/Widget.git' }],
    ['repo_url, with a credential', { repo_url: 'https://x:hunter2@github.com/Acme/Widget.git' }],
    ['repository_url', { repository_url: 'git://github.com/Acme/Widget' }],
    ['the first of them that can be read', { repo: 'Widget', remote_origin: widget }],
  ])('names its repository as %s', (_, names) => {
    expect(observe({ ...push, repo: undefined, ...names }).where.remote_origin).toBe(widget);
  });

  it('may be in a checkout of a machine, by an agent', () => {
    const body = {
      ...push,
      repo: null,
      worktree_path: '/code/widget',
      host: 'b1',
      agent_id: 'ada',
    };
    expect(observe({ ...body, default_branch: 'trunk' }).where).toEqual({
      branch_name: 'feature/spin',
      default_branch: 'trunk',
      worktree_path: '/code/widget',
      host: 'b1',
      agent_id: 'ada',
    });
  });

  it.each<[string, JsonObject]>([
    ['says so', { deleted: true, before: second }],
    ['says so with the commit it was at', { deleted: true, commit_hash: second }],
    ['stands at no commit', { after: noCommit, before: second }],
  ])('has deleted the branch when it %s', (_, fields) => {
    expect(seen('branch_deleted', { ...push, commits: undefined, ...fields })).toEqual({
      kind: 'branch_deleted',
      last_commit_hash: second,
    });
  });

  it.each<[string, JsonObject, string]>([
    ['itself', { pushed_at: '2026-01-21T14:00:00Z', ...sent }, '2026-01-21T14:00:00.000Z'],
    [
      'its newest commit',
      { commits: [{ id: first, date: '2026-01-21T13:00:00Z' }] },
      '2026-01-21T13:00:00.000Z',
    ],
  ])('is dated by %s', (_, fields, at) => {
    expect(observe({ ...push, ...fields }).at).toBe(at);
  });

  it.each<[string, JsonObject, string]>([
    ['a tag', { branch: null, ref: 'refs/tags/v1' }, 'tag'],
    ['notes', { branch: 'refs/notes/commits' }, 'github_event_not_kept'],
  ])('is ignored when it is of %s', (_, fields, reason) => {
    expect(translate({ ...push, ...fields })).toEqual({ kind: 'ignored', reason });
  });

  it.each<[string, JsonObject, RegExp]>([
    ['a branch', { branch: null }, /^branch /],
    ['a branch, being on none', { branch: 'HEAD' }, /^branch /],
    ['a branch that could be one', { branch: 'a b' }, /^branch /],
    ['a repository or a path', { repo: { name: 'widget' } }, /^repo /],
    ['a commit', { commits: [] }, /^after /],
  ])('is malformed without %s', (_, fields, reason) =>
    malformed({ ...push, ...fields }, 'git.push', reason),
  );
});

describe('the minimal form of a pull request', () => {
  const pr = { pr_number: 42, repo: widget, branch: 'feature/spin', title: 'Spin' };
  const stateOf = (body: JsonObject, key?: string) => seen('pull_request', body, key).pr.pr_state;

  it('is its number, its repository and its branch', () => {
    expect(observe({ ...pr, head_sha: second, ...sent }, 'github.pr.created')).toEqual({
      id,
      where: { remote_origin: widget, branch_name: 'feature/spin' },
      at: '2026-01-21T14:31:00.000Z',
      what: {
        kind: 'pull_request',
        pr: { pr_number: 42, pr_state: 'open', pr_title: 'Spin', head_commit_hash: second },
      },
    });
  });

  it.each<[string, string, JsonObject, string]>([
    ['github.pr.created', 'its key', {}, 'open'],
    ['git.pr.opened', 'its key', {}, 'open'],
    ['git.pr.reopened', 'its key', {}, 'open'],
    ['git.pr.merged', 'its key', {}, 'merged'],
    ['git.pr.merged', 'its key, since a merged one is closed, too', { state: 'closed' }, 'merged'],
    ['git.pr.closed', 'its key', {}, 'closed'],
    ['git.pr.updated', 'its own name', { event_type: 'git.pr.merged' }, 'merged'],
    ['git.pr.opened', 'its own name', { event: 'git.pr.closed' }, 'closed'],
    ['git.pr.updated', 'its state', { state: 'OPEN' }, 'open'],
    ['git.pr.updated', 'its state', { state: 'merged' }, 'merged'],
    ['git.pr.closed', 'its state', { pr_state: 'merged' }, 'merged'],
    ['git.pr.opened', 'its state', { state: 'closed' }, 'closed'],
    ['git.pr.closed', 'the flag', { state: 'closed', merged: true }, 'merged'],
    ['git.pr.merged', 'the flag', { state: 'closed', merged: false }, 'closed'],
    ['git.pr.merged', 'the flag', { merged: false }, 'closed'],
    ['git.pr.opened', 'its key, the flag saying nothing', { merged: false }, 'open'],
    ['git.pr.closed', 'when it was merged', { merged_at: '2026-01-21T16:00:00Z' }, 'merged'],
  ])('of %s stands as is told by %s: %j', (key, _, fields, state) => {
    expect(stateOf({ ...pr, ...fields }, key)).toBe(state);
  });

  it.each(['pr_number', 'number', 'pull_request_number'])('has its number as %s', (name) => {
    const body = { ...pr, pr_number: undefined, [name]: '42' };
    expect(seen('pull_request', body, 'git.pr.opened').pr.pr_number).toBe(42);
  });

  it.each(['pr_url', 'url', 'html_url'])('has its number and its repository in %s', (name) => {
    const url = 'https://ada:hunter2@github.com/Acme/Widget/pull/42#discussion';
    const { where, what } = observe({ [name]: url, branch: 'x' }, 'git.pr.opened');
    expect(where).toEqual({ remote_origin: widget, branch_name: 'x' });
    expect(what).toMatchObject({
      pr: { pr_number: 42, pr_url: 'https://github.com/Acme/Widget/pull/42#discussion' },
    });
  });

  it.each(['branch', 'branch_name', 'head_branch', 'head_ref', 'source_branch'])(
    'has its branch as %s',
    (name) => {
      const body = { ...pr, branch: undefined, [name]: 'feature/spin' };
      expect(observe(body, 'git.pr.opened').where.branch_name).toBe('feature/spin');
    },
  );

  it.each<[string, JsonObject]>([
    ['of a fork', { branch: 'mallory:feature/spin' }],
    ['that is none', { branch: 7 }],
  ])('has no branch %s', (_, fields) => {
    expect(observe({ ...pr, ...fields }, 'git.pr.opened').where).toEqual({ remote_origin: widget });
  });

  it.each<[string, JsonObject]>([
    ['merge_commit_hash and merged_by', { merge_commit_hash: second, merged_by: 'grace' }],
    ['merge_commit_sha and author', { merge_commit_sha: second, author: 'grace' }],
    ['merge_commit and an object', { merge_commit: second, merged_by: { login: 'grace' } }],
  ])('tells the merge by %s, when it is merged', (_, fields) => {
    const told = { merge_commit_hash: second, merged_by: 'grace' };
    expect(seen('pull_request', { ...pr, ...fields }, 'git.pr.merged').pr).toMatchObject(told);
    const { pr: closed } = seen('pull_request', { ...pr, ...fields }, 'git.pr.closed');
    expect(Object.keys(closed)).not.toEqual(expect.arrayContaining(Object.keys(told)));
    expect(closed).not.toHaveProperty('merged_by');
  });

  it('is dated by when it was merged, rather than told', () => {
    const body = { ...pr, ...sent, merged_at: '2026-01-21T14:00:00Z' };
    expect(observe(body, 'git.pr.merged').at).toBe('2026-01-21T14:00:00.000Z');
  });

  it.each<[string, JsonObject, RegExp]>([
    ['a number', { pr_number: undefined }, /^pr_number /],
    ['a number that counts', { pr_number: -42 }, /^pr_number /],
    ['a repository', { repo: null }, /^repo /],
    ['a repository that can be read', { repo: null, url: 'https://evil/pull/1' }, /^repo /],
  ])('is malformed without %s', (_, fields, reason) =>
    malformed({ ...pr, ...fields }, 'git.pr.opened', reason),
  );

  it('is malformed when nothing tells how it stands', () =>
    malformed(pr, 'git.pr.labeled', /^state /));
});

describe('a sync', () => {
  const sync = {
    worktree_path: '/code/widget',
    has_uncommitted: true,
    uncommitted_count: 3,
    ahead: 2,
    behind: 1,
    last_commit_hash: second,
    last_commit_message: 'Test the spin',
  };
  const stateOf = (fields: JsonObject) =>
    seen('sync', { ...sync, ...fields }, 'git.sync_completed').git_state;

  it('is a look at a checkout under the names of its command', () => {
    expect(observe({ ...from('builder-1'), payload: sync })).toEqual({
      id,
      where: { worktree_path: '/code/widget', host: 'builder-1' },
      at: '2026-01-21T14:31:00.000Z',
      what: {
        kind: 'sync',
        git_state: {
          has_uncommitted_changes: true,
          uncommitted_files_count: 3,
          ahead_of_trunk: 2,
          behind_trunk: 1,
          last_commit_hash: second,
          last_commit_message: 'Test the spin',
        },
      },
    });
  });

  it('may have longer names, numbers as texts, a branch, a repository and a time of its own', () => {
    const body = {
      path: '/code/widget',
      branch: 'feature/spin',
      repo: widget,
      host: 'builder-2',
      has_uncommitted_changes: false,
      uncommitted_files_count: '0',
      ahead_of_trunk: '2',
      commits_behind: 0,
      commit_hash: second,
      synced_at: '2026-01-21T14:00:00Z',
    };
    expect(observe({ ...from('builder-1'), payload: body })).toMatchObject({
      where: {
        remote_origin: widget,
        branch_name: 'feature/spin',
        worktree_path: '/code/widget',
        host: 'builder-2',
      },
      at: '2026-01-21T14:00:00.000Z',
      what: {
        git_state: {
          has_uncommitted_changes: false,
          uncommitted_files_count: 0,
          ahead_of_trunk: 2,
          behind_trunk: 0,
          last_commit_hash: second,
        },
      },
    });
  });

  it.each<[JsonObject, JsonObject]>([
    [
      { has_uncommitted: false, uncommitted_count: 3 },
      { has_uncommitted_changes: true, uncommitted_files_count: 3 },
    ],
    [
      { has_uncommitted: true, uncommitted_count: 0 },
      { has_uncommitted_changes: false, uncommitted_files_count: 0 },
    ],
    [{ has_uncommitted: undefined }, { has_uncommitted_changes: true, uncommitted_files_count: 3 }],
    [{ uncommitted_count: -1 }, { has_uncommitted_changes: true }],
  ])('believes the number of files: %j', (fields, expected) => {
    const { has_uncommitted_changes, uncommitted_files_count } = stateOf(fields);
    expect({ has_uncommitted_changes, uncommitted_files_count }).toEqual(expected);
  });

  it('leaves out what it cannot read', () => {
    const odd = { has_uncommitted: 'yes', uncommitted_count: 1.5, ahead: 1e12, behind: -1 };
    expect(stateOf({ ...odd, last_commit_hash: noCommit, last_commit_message: 7 })).toEqual({});
  });

  it('has no machine when nobody says which', () => {
    expect(observe({ ...sync, ...sent }, 'git.sync_completed').where).toEqual({
      worktree_path: '/code/widget',
    });
  });

  it('may be of a branch without a path, and of none', () => {
    const body = { ...sync, worktree_path: null, repo: widget };
    expect(observe({ ...body, branch: 'x' }, 'git.sync_completed').where).toEqual({
      remote_origin: widget,
      branch_name: 'x',
    });
    malformed({ ...body, branch: 'HEAD' }, 'git.sync_completed', /^worktree_path /);
    malformed(
      { ...sync, worktree_path: 'x'.repeat(5000) },
      'git.sync_completed',
      /^worktree_path /,
    );
  });
});
