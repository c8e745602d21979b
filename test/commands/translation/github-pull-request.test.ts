import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/events/event-store.ts';
import { githubBody, observe, second, seen, translate, widget, withPart } from './git-messages.ts';

const opened = githubBody('pull-request-opened');
const merged = githubBody('pull-request-merged');
const mergeCommit = '4c3d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f';

const inPr = (body: JsonObject, fields: JsonObject) => withPart(body, ['pull_request'], fields);
const prOf = (body: JsonObject) => seen('pull_request', body, 'git.pr.opened').pr;

describe('a pull request of GitHub', () => {
  it('is its number, how it stands and its head', () => {
    expect(observe(opened, 'git.pr.opened')).toEqual({
      id: expect.any(String),
      where: { remote_origin: widget, branch_name: 'feature/spin', default_branch: 'main' },
      at: '2026-01-21T14:40:00.000Z',
      what: {
        kind: 'pull_request',
        pr: {
          pr_number: 42,
          pr_state: 'open',
          pr_url: 'https://github.com/Acme/Widget/pull/42',
          pr_title: 'Spin the other way',
          head_commit_hash: second,
        },
      },
    });
  });

  it.each([
    ...['opened', 'reopened', 'edited', 'synchronize', 'ready_for_review', 'converted_to_draft'],
    ...['labeled', 'assigned', 'auto_merge_enabled', 'an action of tomorrow'],
  ])('is told by its state on action %s', (action) => {
    expect(prOf({ ...opened, action }).pr_state).toBe('open');
    expect(prOf({ ...merged, action })).toMatchObject({ pr_state: 'merged' });
  });

  it('is merged with the commit and by whom, when it is closed and says so', () => {
    expect(observe(merged, 'git.pr.closed')).toMatchObject({
      at: '2026-01-21T16:00:05.000Z',
      what: {
        pr: { pr_state: 'merged', merge_commit_hash: mergeCommit, merged_by: 'grace' },
      },
    });
  });

  it.each<[string, JsonObject]>([
    ['says it is not merged', { merged: false }],
    ['does not say that it is merged', { merged: undefined }],
    ['says so in another way', { merged: 'true' }],
  ])('is closed, without the commit of a trial merge, when it %s', (_, fields) => {
    const pr = prOf(inPr(merged, fields));
    expect(pr.pr_state).toBe('closed');
    expect(pr).not.toHaveProperty('merge_commit_hash');
    expect(pr).not.toHaveProperty('merged_by');
  });

  it('is not merged as long as it is open, whatever else it says', () => {
    expect(prOf(inPr(opened, { merged: true })).pr_state).toBe('open');
  });

  it('is closed by its action when its state is not told', () => {
    expect(prOf(inPr(merged, { state: undefined })).pr_state).toBe('merged');
  });

  it.each<[string, unknown]>([
    ['in a fork', { full_name: 'mallory/widget', clone_url: 'https://github.com/mallory/widget' }],
    ['in a repository that is gone', null],
    ['in a repository that is not told', undefined],
    ['in what is no repository', 'widget'],
  ])('has no branch of ours when its head is %s', (_, repo) => {
    const body = withPart(opened, ['pull_request', 'head'], { repo });
    expect(observe(body, 'git.pr.opened').where).toEqual({
      remote_origin: widget,
      default_branch: 'main',
    });
  });

  it('has a branch of ours when its head is in the same repository, in other letters', () => {
    const body = withPart(opened, ['pull_request', 'head'], { repo: { full_name: 'ACME/widget' } });
    expect(observe(body, 'git.pr.opened').where.branch_name).toBe('feature/spin');
  });

  it('is in the repository it asks to be merged into', () => {
    const base = withPart(opened, ['pull_request'], { base: {} });
    expect(observe(base, 'git.pr.opened').where.remote_origin).toBe(widget);
    const bare = { ...opened, repository: undefined };
    expect(observe(bare, 'git.pr.opened').where.remote_origin).toBe(widget);
  });

  it.each<[string, JsonObject, string]>([
    ['was changed', { updated_at: '2026-01-21T17:00:00Z' }, '2026-01-21T17:00:00.000Z'],
    ['was merged', { updated_at: null }, '2026-01-21T16:00:04.000Z'],
    ['was closed', { updated_at: 'x', merged_at: null }, '2026-01-21T16:00:04.000Z'],
  ])('happened when it %s', (_, fields, at) => {
    expect(observe(inPr(merged, fields)).at).toBe(at);
  });

  it.each<[string, JsonObject, string]>([
    ['a page of another kind', { html_url: 'javascript:alert(1)' }, 'pr_url'],
    ['a page that is too long', { html_url: `https://github.com/${'x'.repeat(2000)}` }, 'pr_url'],
    ['a title that is no text', { title: 7 }, 'pr_title'],
    ['a head that is none', { head: 'feature/spin' }, 'head_commit_hash'],
  ])('says nothing by %s', (_, fields, absent) => {
    expect(prOf(inPr(opened, fields))).not.toHaveProperty(absent);
  });

  it('has a page without a credential, and a title of bounded length', () => {
    const html_url = 'https://ada:hunter2@github.com/Acme/Widget/pull/42';
    const pr = prOf(inPr(opened, { html_url, title: 'x'.repeat(2000) }));
    expect(pr.pr_url).toBe('https://github.com/Acme/Widget/pull/42');
    expect(pr.pr_title).toHaveLength(1000);
  });

  it.each<[string, JsonObject]>([
    ['as a text', { ...opened, number: '42' }],
    ['in the pull request', { ...opened, number: undefined }],
  ])('has its number %s', (_, body) => {
    expect(prOf(body).pr_number).toBe(42);
  });

  it.each<[string, JsonObject, RegExp]>([
    ['no number', inPr({ ...opened, number: null }, { number: null }), /^number /],
    ['a number below 1', inPr({ ...opened, number: -1 }, { number: 0 }), /^number /],
    ['a number beyond all', inPr({ ...opened, number: 1e12 }, { number: 4.2 }), /^number /],
    ['no repository', inPr({ ...opened, repository: 'x' }, { base: null }), /^repository /],
    ['a state that is none', inPr(opened, { state: 'dreaming' }), /^pull_request\.state /],
    ['no state', inPr(opened, { state: null }), /^pull_request\.state /],
  ])('is malformed with %s', (_, body, reason) => {
    expect(() => translate(body)).toThrow(
      expect.objectContaining({ code: 'bad_event', message: expect.stringMatching(reason) }),
    );
  });

  it.each(['review', 'comment', 'thread'])(
    'is only the place of a %s, which is not kept',
    (subject) => {
      const { review, ...body } = githubBody('pull-request-review');
      expect(translate({ ...body, [subject]: review }, 'git.pr.opened')).toEqual({
        kind: 'ignored',
        reason: 'github_event_not_kept',
      });
    },
  );
});

describe('the id of what happened to a pull request', () => {
  const idOf = (body: JsonObject) => observe(body).id;

  it.each<[string, JsonObject]>([
    ['is delivered again', { ...opened, sender: { login: 'another' } }],
    [
      'names its repository in other letters',
      withPart(opened, ['pull_request', 'base', 'repo'], { ssh_url: 'git@github.com:acme/widget' }),
    ],
  ])('is the same when it %s', (_, body) => {
    expect(idOf(body)).toBe(idOf(opened));
  });

  it.each<[string, JsonObject]>([
    ['number', { ...opened, number: 43 }],
    ['action', { ...opened, action: 'labeled' }],
    ['time', inPr(opened, { updated_at: '2026-01-21T14:40:01Z' })],
    ['head', withPart(opened, ['pull_request', 'head'], { sha: mergeCommit })],
    [
      'repository',
      withPart(opened, ['pull_request', 'base', 'repo'], { ssh_url: 'git@github.com:acme/gadget' }),
    ],
  ])('is another for another %s', (_, body) => {
    expect(idOf(body)).not.toBe(idOf(opened));
  });

  it('is that of its message when it is not dated', () => {
    const body = inPr(opened, { updated_at: null });
    expect(idOf({ ...body, idempotency_key: 'a' })).not.toBe(
      idOf({ ...body, idempotency_key: 'b' }),
    );
  });
});
