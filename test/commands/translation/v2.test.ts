import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type V2Key, v2Keys } from '../../../src/bloodbank/topology.ts';
import { definitions } from '../../../src/commands/definitions.ts';
import { translateV2 } from '../../../src/commands/translation/v2.ts';
import type { JsonObject } from '../../../src/events/event-store.ts';

const projectId = '550e8400-e29b-41d4-a716-446655440000';
const worktreeId = '32f09f2a-4fb9-4cf8-9e90-d2bc6c0de1ce';
const commandId = '0b0d9f0e-4f1c-4a57-9d39-5d1c1d0f5a10';
const translate = (key: V2Key, payload: JsonObject) =>
  translateV2(key, { payload, actor: 'flume', commandId });

/** What the command's own schema has against a translation. */
const issuesOf = ({ name, body }: ReturnType<typeof translate>) =>
  definitions[name].schema.safeParse(body).error?.issues ?? [];

describe('imi.project.register', () => {
  it('is register_project in the same words, without what is not given', () => {
    const project = {
      name: 'my-app',
      remote_origin: 'git@github.com:user/my-app.git',
      default_branch: 'main',
      trunk_path: '/home/user/code/my-app/trunk-main',
      metadata: { language: 'rust' },
    };
    const asked = translate('imi.project.register', { ...project, description: null });
    expect(asked).toEqual({ name: 'register_project', body: project });
    expect(issuesOf(asked)).toEqual([]);
  });
});

describe('imi.worktree.create', () => {
  const flume = { project_id: projectId, type: 'feat', name: 'user-auth' };

  it('in Flume’s form has branch and folder by convention, and belongs to who asks', () => {
    const asked = translate('imi.worktree.create', flume);
    expect(asked).toEqual({
      name: 'start_work',
      body: {
        project_id: projectId,
        branch_name: 'feat/user-auth',
        work_type: 'feature',
        source: { type: 'bloodbank_command', ref: commandId },
        owner_id: 'flume',
        worktree: { type: 'feat', name: 'feat-user-auth' },
      },
    });
    expect(issuesOf(asked)).toEqual([]);
  });

  it.each([
    ['feat', 'feature', 'feat/x', 'feat-x'],
    ['fix', 'fix', 'fix/x', 'fix-x'],
    ['aiops', 'aiops', 'aiops/x', 'aiops-x'],
    ['devops', 'devops', 'devops/x', 'devops-x'],
    ['review', 'review', 'pr-review/x', 'pr-x'],
  ])('of type %s is work of type %s on %s in %s', (type, work_type, branch_name, name) => {
    const { body } = translate('imi.worktree.create', { ...flume, type, name: 'x' });
    expect(body).toMatchObject({ work_type, branch_name, worktree: { type, name } });
  });

  it('keeps to what it is given: branch, path, agent, host and metadata', () => {
    const given = {
      ...flume,
      branch_name: 'topic/auth',
      path: '/srv/auth',
      agent_id: 'yi-7',
      host: 'build-1',
      metadata: { ticket: 'PROJ-1' },
    };
    const asked = translate('imi.worktree.create', given);
    expect(asked.body).toMatchObject({
      branch_name: 'topic/auth',
      worktree_path: '/srv/auth',
      owner_id: 'yi-7',
      worktree: { name: 'feat-user-auth', host: 'build-1' },
      metadata: { ticket: 'PROJ-1' },
    });
    expect(issuesOf(asked)).toEqual([]);
  });

  it('names the project by id, else by origin, else by name, which is still to be looked up', () => {
    const remote_origin = 'git@github.com:user/my-app.git';
    const { project_id: _, ...rest } = flume;
    const named = { ...rest, project_name: 'my-app' };
    expect(translate('imi.worktree.create', { ...named, project_id: projectId })).toMatchObject({
      body: { project_id: projectId },
    });
    const byOrigin = translate('imi.worktree.create', {
      ...named,
      remote_origin,
      project_id: null,
    });
    expect(byOrigin.body.remote_origin).toBe(remote_origin);
    expect(byOrigin.projectName).toBeUndefined();
    const byName = translate('imi.worktree.create', named);
    expect(byName.projectName).toBe('my-app');
    expect(byName.body).not.toHaveProperty('project_id');
  });

  it.each([
    ['type', { type: 'trunk' }],
    ['type', { type: undefined }],
    ['name', { name: 'a/b' }],
    ['name', { name: '..' }],
    ['name', { name: '' }],
    ['name', { name: 'user auth' }],
    ['name', { name: 'x'.repeat(181) }],
    ['branch_name', { branch_name: 'a..b' }],
    ['project_id', { project_id: 'my-app' }],
    ['project_id', { project_id: undefined }],
    ['metadata', { metadata: 'a text' }],
  ])('is refused in v2’s own words for its %s: %j', (path, wrong) => {
    const { refusal } = translate('imi.worktree.create', { ...flume, ...wrong });
    expect(refusal).toMatchObject({ code: 'VALIDATION_ERROR' });
    const errors = refusal?.params.errors as readonly { readonly path: string }[];
    expect([...new Set(errors.map((error) => error.path))]).toEqual([path]);
  });

  it('takes a name that makes no branch when the branch is given', () => {
    const asked = translate('imi.worktree.create', {
      ...flume,
      name: 'user auth',
      branch_name: 'feat/auth',
    });
    expect(asked.refusal).toBeUndefined();
    expect(issuesOf(asked)).toEqual([]);
  });
});

describe('imi.worktree.merge', () => {
  it.each([
    [{ worktree_id: worktreeId }, { work_item_id: worktreeId }],
    [{ work_item_id: worktreeId, project_id: projectId }, { work_item_id: worktreeId }],
    [
      { project_id: projectId, branch_name: 'feat/x' },
      { project_id: projectId, branch_name: 'feat/x' },
    ],
    [
      { project_id: projectId, type: 'review', name: '42' },
      { project_id: projectId, branch_name: 'pr-review/42' },
    ],
  ])('of %j completes %j as merged', (payload, body) => {
    const asked = translate('imi.worktree.merge', payload);
    expect(asked).toEqual({ name: 'complete_work', body: { ...body, completion_type: 'merged' } });
    expect(issuesOf(asked)).toEqual([]);
  });

  it('carries who merged, and what into', () => {
    const merged = { worktree_id: worktreeId, merge_commit_hash: 'ABCDEF1234' };
    expect(
      translate('imi.worktree.merge', { ...merged, merged_by: 'ada', agent_id: 'yi' }),
    ).toMatchObject({
      body: { merged_by: 'ada', merge_commit_hash: 'abcdef1234' },
    });
    expect(translate('imi.worktree.merge', { ...merged, agent_id: 'yi' })).toMatchObject({
      body: { merged_by: 'yi' },
    });
  });

  it.each([
    ['worktree_id', {}],
    ['worktree_id', { worktree_id: '42' }],
    ['worktree_id', { project_id: projectId }],
    ['worktree_id', { branch_name: 'feat/x' }],
    ['merge_commit_hash', { worktree_id: worktreeId, merge_commit_hash: 'none' }],
  ])('is refused in v2’s own words for its %s: %j', (path, payload) => {
    const { refusal } = translate('imi.worktree.merge', payload);
    expect(refusal?.params.errors).toEqual([expect.objectContaining({ path })]);
  });
});

it('Any payload at all is translated the same way twice, into what its command takes or refuses', () => {
  const names = fc.constantFrom(
    ...['project_id', 'project_name', 'remote_origin', 'type', 'name', 'branch_name', 'path'],
    ...['agent_id', 'host', 'metadata', 'worktree_id', 'work_item_id', 'merge_commit_hash'],
  );
  const values = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(projectId, 'feat', 'review', 'user-auth', 'abcdef1'),
  );
  fc.assert(
    fc.property(fc.constantFrom(...v2Keys), fc.dictionary(names, values), (key, payload) => {
      const asked = translate(key, payload);
      expect(translate(key, payload)).toEqual(asked);
      if (asked.refusal !== undefined || key === 'imi.project.register') return;
      const addressed = asked.projectName ? { ...asked.body, project_id: projectId } : asked.body;
      expect(issuesOf({ ...asked, body: addressed })).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});
