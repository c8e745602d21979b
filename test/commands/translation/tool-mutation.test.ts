import { describe, expect, it } from 'vitest';
import { type InboundMessage, readEnvelope } from '../../../src/bloodbank/envelope-in.ts';
import { translateMutation } from '../../../src/commands/translation/tool-mutation.ts';
import { recordActivity } from '../../../src/commands/work-item-activity-schemas.ts';

const hookd = {
  event_type: 'tool.mutation.edit',
  tool_name: 'Edit',
  agent_id: 'agent-7',
  repo: {
    git_root: '/home/a/code/widget',
    branch: 'feature/spin',
    head_sha: 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678',
    remote_url: 'git@github.com:acme/widget.git',
  },
  file_path: '/home/a/code/widget/src/spin.ts',
  lines_changed: 4,
  raw_payload: { anything: 'secret' },
  timestamp: '2026-01-21T14:30:22Z',
  correlation_id: 'corr-456',
};

const message = (body: object, key = 'tool.mutation.edit'): InboundMessage =>
  readEnvelope({ body: Buffer.from(JSON.stringify(body)), routingKey: key, exchange: 'x' });

const seen = (body: object) => {
  const translation = translateMutation(message(body));
  return translation.kind === 'observation' ? translation.observation : translation;
};

const whereOf = (more: object) => {
  const translation = seen({ ...hookd, ...more });
  return 'where' in translation ? translation.where : translation;
};

const pathsOf = (more: object) => {
  const translation = seen({ ...hookd, ...more });
  return 'what' in translation && translation.what.kind === 'tool_mutation'
    ? translation.what.paths
    : translation;
};

describe('A tool mutation', () => {
  it('of hookd tells place, agent, file and time', () => {
    expect(seen(hookd)).toMatchObject({
      where: {
        remote_origin: 'git@github.com:acme/widget.git',
        branch_name: 'feature/spin',
        worktree_path: '/home/a/code/widget',
        agent_id: 'agent-7',
      },
      at: '2026-01-21T14:30:22.000Z',
      what: { kind: 'tool_mutation', paths: ['src/spin.ts'] },
    });
  });

  it('is read in an envelope, wrapped, and flat', () => {
    const { event_type, correlation_id: _, ...payload } = hookd;
    const source = { host: 'forge', type: 'hook', app: 'hookd' };
    const envelope = { event_id: 'e-1', event_type, timestamp: hookd.timestamp, source, payload };
    expect(seen(envelope)).toMatchObject({ where: { host: 'forge', agent_id: 'agent-7' } });
    expect(seen({ ...envelope, payload: { body: payload } })).toMatchObject({
      what: { paths: ['src/spin.ts'] },
    });
    const { repo, ...rest } = payload;
    expect(seen({ event_type, ...rest, ...repo })).toMatchObject({
      where: { branch_name: 'feature/spin', worktree_path: '/home/a/code/widget' },
    });
  });

  it.each(['', 'detached', 'HEAD', '(HEAD detached at a1b2c3d)', null, 7])(
    'on no branch, told as %j, has none',
    (branch) => {
      expect(whereOf({ repo: { ...hookd.repo, branch } })).not.toHaveProperty('branch_name');
    },
  );

  it('takes no credential of a remote along', () => {
    const remote_url = 'https://user:ghp_secret@github.com/acme/widget.git';
    const where = whereOf({ repo: { ...hookd.repo, remote_url } });
    expect(JSON.stringify(where)).not.toMatch(/secret|user/);
    expect(where).toMatchObject({ remote_origin: 'git@github.com:acme/widget.git' });
  });

  it('without a remote goes by its checkout, without either nowhere', () => {
    const where = whereOf({ repo: { ...hookd.repo, remote_url: null } });
    expect(where).not.toHaveProperty('remote_origin');
    expect(seen({ ...hookd, repo: { branch: 'a' } })).toEqual({
      kind: 'ignored',
      reason: 'no_place',
    });
    expect(seen({ hello: 'world' })).toEqual({ kind: 'ignored', reason: 'unknown_shape' });
  });

  it.each<[string, unknown, unknown[]]>([
    ['relative', 'src/a.ts', ['src/a.ts']],
    ['with dots', './src/../a.ts', ['a.ts']],
    ['outside, relative', '../other/a.ts', []],
    ['outside, absolute', '/etc/passwd', []],
    ['beside, by a longer name', '/home/a/code/widget-2/a.ts', []],
    ['the root itself', '/home/a/code/widget', []],
    ['of Windows', 'src\\a.ts', ['src/a.ts']],
    ['no text', 7, []],
    ['empty', '', []],
    ['too long', 'x'.repeat(5000), []],
  ])('has a file that is %s', (_name, file_path, paths) => {
    expect(pathsOf({ file_path })).toEqual(paths);
  });

  it('of a checkout on Windows, and of many files, each once', () => {
    const repo = { ...hookd.repo, git_root: 'C:\\code\\widget\\' };
    expect(pathsOf({ repo, file_path: 'C:\\code\\widget\\src\\a.ts' })).toEqual(['src/a.ts']);
    const file_paths = Array.from({ length: 80 }, (_, n) => `${n % 60}.ts`);
    const paths = pathsOf({ file_path: '0.ts', file_paths });
    expect(paths).toHaveLength(50);
    const activity = { work_item_id: crypto.randomUUID(), kind: 'tool_mutation', paths };
    expect(recordActivity.safeParse(activity).success).toBe(true);
  });
});
