import { describe, expect, it } from 'vitest';
import { readEnvelope } from '../../../src/bloodbank/envelope-in.ts';
import { MalformedMessageError } from '../../../src/bloodbank/malformed.ts';
import { recordDeploy } from '../../../src/commands/deploy-schemas.ts';
import { translateDeploy } from '../../../src/commands/translation/deploy.ts';

const sha = 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678';
const repository = { full_name: 'acme/widget', clone_url: 'https://github.com/acme/widget.git' };
const origin = 'git@github.com:acme/widget.git';

function translate(payload: object, key = 'ci.deploy.completed') {
  const body = { event_type: key, event_id: 'e-1', timestamp: '2026-01-21T14:30:22Z', payload };
  return translateDeploy(
    readEnvelope({ body: Buffer.from(JSON.stringify(body)), routingKey: key, exchange: 'x' }),
  );
}

/** The body of the command, which has to fit its schema. */
function deployOf(payload: object, key?: string) {
  const translation = translate(payload, key);
  if (translation.kind !== 'command') return translation;
  expect(translation.command.name).toBe('record_deploy');
  expect(recordDeploy.safeParse(translation.command.body).error).toBeUndefined();
  return translation.command.body;
}

const minimal = { deploy_id: 'd-1', environment: 'production', commit_hash: sha };

const status = (state: string) => ({
  action: 'created',
  deployment_status: {
    id: 9,
    state,
    environment: 'production',
    updated_at: '2026-01-21T14:00:00Z',
  },
  deployment: { id: 77, sha, ref: 'main', environment: 'production' },
  repository,
  sender: { login: 'ann' },
});

const run = (more: object, action = 'completed') => ({
  action,
  workflow_run: {
    id: 5,
    run_attempt: 2,
    name: 'Deploy to staging',
    head_sha: sha,
    conclusion: 'success',
    updated_at: '2026-01-21T14:00:00Z',
    ...more,
  },
  repository,
  sender: { login: 'ann' },
});

describe('A deploy', () => {
  it('in the documented minimal form', () => {
    const work_item_id = '9b1c2a34-5d6e-5f70-8a9b-0c1d2e3f4a5b';
    const deployed_at = '2026-01-21T13:00:00.000Z';
    expect(deployOf({ ...minimal, work_item_id, deployed_at })).toEqual({
      ...minimal,
      work_item_id,
      deployed_at,
      result: 'success',
    });
    expect(deployOf(minimal)).toMatchObject({ deployed_at: '2026-01-21T14:30:22.000Z' });
  });

  it('by repository, with the commits it ships, gets a name of its own that lasts', () => {
    const told = {
      repo_url: 'https://token@github.com/acme/widget',
      commit_sha: sha.slice(0, 10),
      environment: 'staging',
      result: 'success',
      deployment_commits: [sha, { sha: 'BBBBBBB1' }, sha, 'no hash', null],
    };
    const deploy = deployOf(told);
    expect(deploy).toMatchObject({
      remote_origin: origin,
      commit_hash: 'a1b2c3d4e5',
      deployment_commits: [sha, 'bbbbbbb1'],
    });
    expect(deployOf(told)).toEqual(deploy);
    expect(deployOf({ ...told, environment: 'production' })).not.toMatchObject({
      deploy_id: (deploy as { deploy_id: string }).deploy_id,
    });
  });

  it.each([
    ['completed', {}, 'success'],
    ['failed', {}, 'failure'],
    ['completed', { result: 'failure' }, 'failure'],
    ['completed', { status: 'Succeeded' }, 'success'],
    ['started', {}, undefined],
    ['completed', { state: 'in_progress' }, undefined],
  ])('under ci.deploy.%s with %j is a %s', (verb, more, result) => {
    const deploy = deployOf({ ...minimal, ...more }, `ci.deploy.${verb}`);
    const unfinished = { kind: 'ignored', reason: 'unfinished' };
    expect(deploy).toMatchObject(result === undefined ? unfinished : { result });
  });

  it.each([
    ['success', 'success'],
    ['failure', 'failure'],
    ['error', 'failure'],
    ['in_progress', undefined],
    ['inactive', undefined],
  ])('of GitHub in the state %s is a %s', (state, result) => {
    for (const body of [status(state), { body: status(state) }]) {
      expect(deployOf(body)).toMatchObject(
        result === undefined
          ? { kind: 'ignored', reason: 'unfinished' }
          : {
              deploy_id: 'github-deployment-77',
              environment: 'production',
              commit_hash: sha,
              remote_origin: origin,
              deployed_at: '2026-01-21T14:00:00.000Z',
              result,
            },
      );
    }
  });

  it.each<[object, object]>([
    [run({}), { deploy_id: 'github-run-5-2', environment: 'staging', result: 'success' }],
    [run({ name: 'CI' }), { environment: 'production' }],
    [run({ conclusion: 'failure' }), { result: 'failure' }],
    [run({ conclusion: 'cancelled' }), { kind: 'ignored', reason: 'unfinished' }],
    [run({}, 'requested'), { kind: 'ignored', reason: 'unfinished' }],
  ])('of a workflow %#', (body, result) => {
    expect(deployOf(body)).toMatchObject(result);
  });

  it('is the same command when it is told again, and another when it tells more', () => {
    const idOf = (payload: object) => {
      const translation = translate(payload);
      return translation.kind === 'command' ? translation.command.id : null;
    };
    expect(idOf(minimal)).toBe(idOf(minimal));
    const work_item_id = '9b1c2a34-5d6e-5f70-8a9b-0c1d2e3f4a5b';
    expect(idOf({ ...minimal, work_item_id })).not.toBe(idOf(minimal));
  });

  it.each<[string, object]>([
    ['commit', { environment: 'production' }],
    ['commit', { ...minimal, commit_hash: '0'.repeat(40) }],
    ['environment', { ...minimal, environment: 7 }],
    ['sha', { ...status('success'), deployment: { id: 1, environment: 'production' } }],
    ['id', run({ id: 'x' })],
  ])('without its %s cannot be read', (_what, payload) => {
    expect(() => translate(payload)).toThrow(MalformedMessageError);
  });
});
