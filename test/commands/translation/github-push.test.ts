import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/events/event-store.ts';
import {
  first,
  githubBody,
  noCommit,
  observe,
  second,
  seen,
  translate,
  widget,
  withPart,
} from './git-messages.ts';

const push = githubBody('push');
const deleted = githubBody('push-deleted');
const [firstCommit, secondCommit] = push.commits as readonly [JsonObject, JsonObject];

const inRepository = (fields: JsonObject) => withPart(push, ['repository'], fields);
const withCommits = (...commits: readonly unknown[]) => ({ ...push, commits });

describe('a push of GitHub', () => {
  it('is the commits, the files and the head of its branch', () => {
    expect(observe(push)).toEqual({
      id: expect.any(String),
      where: { remote_origin: widget, branch_name: 'feature/spin', default_branch: 'main' },
      at: '2026-01-21T14:30:20.000Z',
      what: {
        kind: 'push',
        commits: [
          {
            hash: first,
            message: 'Spin the other way\n\nThey span backwards.',
            author_name: 'Ada',
            committed_at: '2026-01-21T14:10:00.000Z',
            files: ['src/spin.ts', 'README.md'],
          },
          {
            hash: second,
            message: 'Test the spin',
            author_name: 'Ada',
            committed_at: '2026-01-21T14:25:00.000Z',
            files: ['test/spin.test.ts', 'src/spin.ts', 'README.md', 'src/spun.ts'],
          },
        ],
        head_commit_hash: second,
        forced: false,
      },
    });
  });

  it('names no agent: the pusher is whose account was used', () => {
    expect(observe({ ...push, agent_id: 'ada' }).where).not.toHaveProperty('agent_id');
  });

  it('tells that it was forced', () => {
    expect(seen('push', { ...push, forced: true }).forced).toBe(true);
  });

  it('stands at its head when it has brought no commits, as that of a new branch', () => {
    const created = { ...push, created: true, before: noCommit, commits: [] };
    expect(seen('push', created)).toMatchObject({ commits: [], head_commit_hash: second });
  });

  it.each<[string, JsonObject]>([
    ['the last of its own', { head_commit: { id: second } }],
    ['the last in its list', { head_commit: null }],
  ])('stands at %s commit when it does not say where', (_, fields) => {
    expect(seen('push', { ...push, after: 'HEAD', ...fields }).head_commit_hash).toBe(second);
  });

  it('leaves out what was in the repository before, which a merge of the trunk brings', () => {
    const merged = withCommits({ ...firstCommit, distinct: false }, secondCommit);
    expect(seen('push', merged).commits.map(({ hash }) => hash)).toEqual([second]);
  });

  it('leaves out a commit without a hash, and what a command would not take', () => {
    const odd = {
      ...secondCommit,
      added: 'README.md',
      modified: ['a', 7, null, '', 'a'.repeat(5000)],
    };
    const { commits } = seen(
      'push',
      withCommits(null, 7, [], { id: 'HEAD' }, { id: noCommit }, odd),
    );
    expect(commits).toMatchObject([{ hash: second, files: ['a', 'src/spun.ts'] }]);
  });

  it('has as many commits and files as a command takes: the newest, and the first', () => {
    const many = Array.from({ length: 2_050 }, (_, n) => ({
      id: n.toString(16).padStart(40, 'a'),
      message: `Change ${n}`,
      added: [],
    }));
    const { commits } = seen('push', withCommits(...many));
    expect(commits).toHaveLength(2_048);
    expect(commits[0]?.message).toBe('Change 2');
    const added = Array.from({ length: 10_001 }, (_, n) => `${n}`);
    const [wide] = seen('push', withCommits({ id: first, added })).commits;
    expect(wide?.files).toHaveLength(10_000);
    expect(wide?.files[9_999]).toBe('9999');
  });

  it('has a long message cut, and half a character taken out', () => {
    const [commit] = seen(
      'push',
      withCommits({ id: first, message: `${'x'.repeat(9_999)}😀` }),
    ).commits;
    expect(commit?.message).toBe(`${'x'.repeat(9_999)}\ufffd`);
  });

  it.each<[string, JsonObject, string]>([
    ['in seconds', { pushed_at: 1769005820 }, '2026-01-21T14:30:20.000Z'],
    ['as a text', { pushed_at: '2026-01-21T15:30:20+01:00' }, '2026-01-21T14:30:20.000Z'],
    ['by its last commit', { pushed_at: null }, '2026-01-21T14:25:00.000Z'],
    [
      'by its last commit, not in numbers beyond time',
      { pushed_at: 1e300 },
      '2026-01-21T14:25:00.000Z',
    ],
  ])('says when it happened %s', (_, fields, at) => {
    expect(observe(inRepository(fields)).at).toBe(at);
  });

  it('happened when its envelope says, rather than when its commit was made', () => {
    const payload = inRepository({ pushed_at: undefined });
    const enveloped = { event_type: 'git.push', source: 'relay', payload };
    expect(observe({ ...enveloped, timestamp: '2026-01-21T14:31:00Z' }).at).toBe(
      '2026-01-21T14:31:00.000Z',
    );
  });

  it.each<[string, JsonObject, string]>([
    ['address for ssh', {}, widget],
    ['address for https', { ssh_url: null }, widget],
    ['page', { ssh_url: null, clone_url: 7 }, widget],
    ['name', { ssh_url: null, clone_url: null, html_url: null, url: null }, 'Acme/Widget'],
    [
      'address, without a credential',
      { ssh_url: 'https://ada:hunter2@github.com/Acme/Widget' },
      widget,
    ],
  ])('is in the repository that is told by its %s', (_, fields, remote_origin) => {
    expect(observe(inRepository(fields)).where.remote_origin).toBe(remote_origin);
  });
});

describe('a deleted branch', () => {
  it.each<[string, JsonObject]>([
    ['says so', deleted],
    ['stands at no commit', { ...deleted, deleted: undefined }],
    ['says so and does not say more', { ...deleted, after: undefined }],
  ])('is told by a push that %s', (_, body) => {
    expect(observe(body)).toMatchObject({
      where: { remote_origin: widget, branch_name: 'feature/spin' },
      at: '2026-01-21T14:31:40.000Z',
      what: { kind: 'branch_deleted', last_commit_hash: second },
    });
  });

  it('has no last commit when none is told', () => {
    const body = { ...deleted, before: noCommit };
    expect(seen('branch_deleted', body)).toEqual({ kind: 'branch_deleted' });
  });

  it('is told by the deletion of its reference, too', () => {
    expect(observe(githubBody('delete-branch'))).toMatchObject({
      where: { remote_origin: widget, branch_name: 'feature/spin', default_branch: 'main' },
      at: '2026-01-21T14:31:40.000Z',
      what: { kind: 'branch_deleted' },
    });
  });
});

describe('the id of a push', () => {
  const idOf = (body: JsonObject) => observe(body).id;

  it.each<[string, JsonObject]>([
    [
      'delivered again under other names',
      { ...push, delivery_id: 'another', sender: { login: 'x' } },
    ],
    ['of the same repository in other letters', inRepository({ ssh_url: widget.toLowerCase() })],
    ['of the repository by its name', inRepository({ ssh_url: null })],
  ])('is the same for one %s', (_, body) => {
    expect(idOf(body)).toBe(idOf(push));
  });

  it.each<[string, JsonObject]>([
    ['branch', { ...push, ref: 'refs/heads/feature/spun' }],
    ['start', { ...push, before: first }],
    ['head', { ...push, after: first }],
    ['repository', inRepository({ ssh_url: 'git@github.com:acme/gadget.git' })],
    [
      'time, since a branch may be moved there, back and there again',
      inRepository({ pushed_at: 1 }),
    ],
  ])('is another for another %s', (_, body) => {
    expect(idOf(body)).not.toBe(idOf(push));
  });
});

describe('what moves no branch', () => {
  it.each<[string, JsonObject, string]>([
    ['a tag', { ...push, ref: 'refs/tags/v1.0.0' }, 'tag'],
    ['a deleted tag', { ...deleted, ref: 'refs/tags/v1.0.0' }, 'tag'],
    [
      'a reference of another kind',
      { ...push, ref: 'refs/notes/commits' },
      'github_event_not_kept',
    ],
    ['the head of a pull request', { ...push, ref: 'refs/pull/42/head' }, 'github_event_not_kept'],
    [
      'the creation of a branch, whose push says more',
      githubBody('create-branch'),
      'github_event_not_kept',
    ],
    ['the creation of a tag', { ...githubBody('create-branch'), ref_type: 'tag' }, 'tag'],
    ['the deletion of a tag', { ...githubBody('delete-branch'), ref_type: 'tag' }, 'tag'],
    [
      'the creation of a repository',
      { ...githubBody('create-branch'), ref_type: 'repository' },
      'github_event_not_kept',
    ],
  ])('is ignored: %s', (_, body, reason) => {
    expect(translate(body)).toEqual({ kind: 'ignored', reason });
  });
});

describe('a push that does not say what it is about', () => {
  it.each<[string, JsonObject, RegExp]>([
    ['no reference', { ...push, ref: undefined }, /^ref /],
    ['a reference that is no text', { ...push, ref: 7 }, /^ref /],
    ['a name no branch can have', { ...push, ref: 'refs/heads/a..b' }, /^ref /],
    ['a name that is too long', { ...push, ref: `refs/heads/${'x'.repeat(256)}` }, /^ref /],
    ['no repository', { ...push, repository: null }, /^repository /],
    [
      'a repository without a name',
      inRepository({ ssh_url: 1, clone_url: '', html_url: 'x', url: 'y', full_name: 'z' }),
      /^repository /,
    ],
    [
      'neither a head nor a commit',
      { ...push, after: 'HEAD', head_commit: null, commits: {} },
      /^after /,
    ],
    ['a deleted reference without its name', { ...githubBody('delete-branch'), ref: '' }, /^ref /],
    [
      'a deleted reference without its repository',
      { ...githubBody('delete-branch'), repository: { full_name: 'x' } },
      /^repository /,
    ],
  ])('is malformed: %s', (_, body, reason) => {
    expect(() => translate(body)).toThrow(
      expect.objectContaining({ code: 'bad_event', message: expect.stringMatching(reason) }),
    );
  });
});
