import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedMessageError } from '../../../src/bloodbank/malformed.ts';
import { attribute } from '../../../src/commands/attribution/attribute.ts';
import { IdentityResolver } from '../../../src/commands/attribution/identity.ts';
import { definitions } from '../../../src/commands/definitions.ts';
import { Snapshots } from '../../../src/commands/snapshots.ts';
import { translateGit } from '../../../src/commands/translation/git.ts';
import type { Observation } from '../../../src/commands/translation/observation.ts';
import { translatePlane } from '../../../src/commands/translation/plane.ts';
import type { JsonObject } from '../../../src/events/event-store.ts';
import { shapes } from '../../e2e/envelopes.ts';
import { InMemoryEventStore } from '../../support/in-memory-event-store.ts';
import {
  first,
  githubBody,
  messageOf,
  observe,
  second,
  translate,
  widget,
} from './git-messages.ts';

const push = githubBody('push');
const opened = githubBody('pull-request-opened');
const pushNotice = { branch: 'feature/spin', repo: widget, commits: [first, second] };
const prNotice = { pr_number: 42, repo: widget, state: 'open' };
const sync = { worktree_path: '/code/widget', has_uncommitted: true, ahead: 1 };

const notKept = { kind: 'ignored', reason: 'github_event_not_kept' };

describe('a message about git', () => {
  it.each<[string, JsonObject]>([
    ['a push of GitHub', push],
    ['a pull request of GitHub', opened],
    ['the minimal form of a push', pushNotice],
    ['the minimal form of a pull request', prNotice],
    ['a sync', sync],
  ])('means the same wrapped by anybody: %s', (_, body) => {
    const { what, where } = observe(body);
    const wrapped = [
      { body },
      { payload: { body } },
      { provider: 'github', event: 'any', path: '/webhooks/github', body },
      { provider: 'github', path: '/webhooks/github', body: JSON.stringify(body) },
      ...shapes.map((shape) => shape('git.push', body).body),
      ...shapes.map((shape) => shape('git.push', { path: '/hook', body }).body),
    ];
    for (const message of wrapped) {
      const { host: _host, ...place } = observe(message).where;
      expect({ what: observe(message).what, where: place }).toEqual({ what, where });
    }
  });

  it.each<[string, JsonObject, string]>([
    ['a push of GitHub', push, 'push'],
    ['a pull request of GitHub', opened, 'pull_request'],
    ['a deleted branch of GitHub', githubBody('delete-branch'), 'branch_deleted'],
    ['the minimal form of a push', pushNotice, 'push'],
    ['the minimal form of a pull request', prNotice, 'pull_request'],
    ['a sync', sync, 'sync'],
  ])('is told by its shape, whatever it came as: %s', (_, body, kind) => {
    const keys = ['git.push', 'git.pr.opened', 'git.sync_completed', 'github.pr.created', 'x.y'];
    for (const key of keys) expect(observe(body, key).what.kind).toBe(kind);
    expect(
      observe({ headers: { 'X-GitHub-Event': 'issues' }, event: 'ping', body }).what.kind,
    ).toBe(kind);
  });

  it.each<[string, JsonObject]>([
    ['a header', { headers: { 'x-github-event': 'push' } }],
    ['a list of headers', { headers: { 'X-Github-Event': ['push'] } }],
    ['its event', { event: 'push' }],
    ['its type', { type: 'git.push' }],
    ['its event type', { event_type: 'webhook.github.push' }],
  ])('is told by %s when its shape does not say', (_, said) => {
    const repository = { full_name: 'acme/widget' };
    const body = { branch: 'feature/spin', repository, head_sha: second };
    expect(observe({ ...said, body }, 'x.y').what.kind).toBe('push');
    expect(translate({ body }, 'x.y')).toEqual(notKept);
  });

  it.each<[string, JsonObject]>([
    ['an issue', githubBody('issues-opened')],
    ['a review', githubBody('pull-request-review')],
    [
      'a star',
      { ...githubBody('issues-opened'), action: 'created', starred_at: '2026-01-21T14:30:22Z' },
    ],
    [
      'a check run',
      {
        ...githubBody('issues-opened'),
        check_run: { head_sha: second, pull_requests: [{ number: 42 }] },
      },
    ],
    [
      'an alert with a reference',
      { ...githubBody('issues-opened'), ref: 'refs/heads/main', commit_oid: second },
    ],
    [
      'a ping',
      {
        ...githubBody('issues-opened'),
        action: undefined,
        zen: 'Keep it logically awesome.',
        hook: {},
      },
    ],
  ])('is ignored when it is %s of GitHub, under any key', (_, body) => {
    for (const key of ['git.push', 'git.pr.opened', 'github.pr.created', 'webhook.plane.issue']) {
      expect(translate(body, key)).toEqual(notKept);
      expect(translatePlane(messageOf(body, key), () => true)).toEqual(notKept);
    }
  });

  it('is ignored when neither its shape nor a name says what it is', () => {
    expect(translate({ hello: 'world' }, 'x.y')).toEqual({
      kind: 'ignored',
      reason: 'unknown_shape',
    });
  });

  it.each(['git.push', 'git.pr.merged', 'git.sync_completed', 'github.pr.created'])(
    'is malformed when only its key %s says what it is',
    (key) => {
      for (const body of [{}, { hello: 'world' }, { body: { a: 1 } }, { body: '{' }]) {
        expect(() => translate(body, key)).toThrow(MalformedMessageError);
      }
    },
  );

  it('means the same at the door of Plane, where the webhooks of GitHub may come in', () => {
    for (const body of [push, opened, githubBody('delete-branch')]) {
      const message = messageOf(
        { provider: 'plane', path: '/webhooks/plane', body },
        'webhook.plane.push',
      );
      expect(translatePlane(message, () => true)).toEqual(translateGit(message));
      expect(translatePlane(message, () => true).kind).toBe('observation');
    }
  });
});

const empty = new InMemoryEventStore();
const resolver = new IdentityResolver(empty, new Snapshots(empty), ['github.com'], {
  inCheckout: async () => [],
  ofAgent: async () => [],
});

/** The commands that an observation may become: of a work item, and of what nobody registered. */
async function commandsOf(observation: Observation) {
  const { what, at, where } = observation;
  const work_item_id = '0d7a1f6c-4b1e-4d2a-9a53-3c1d5f7e9b11';
  const untracked = await attribute(observation, resolver);
  const { kind, ...done } = what;
  const ofWorkItem = {
    push: ['record_activity', { kind, activity_at: at, agent_id: where.agent_id, ...done }],
    tool_mutation: [
      'record_activity',
      { kind, activity_at: at, agent_id: where.agent_id, ...done },
    ],
    branch_deleted: ['record_branch_deletion', { deleted_at: at, ...done }],
    pull_request: ['observe_pr', { ...('pr' in done && done.pr), observed_at: at }],
    sync: ['update_git_state', { ...('git_state' in done && done.git_state), last_sync_at: at }],
  } as const;
  const [name, body] = ofWorkItem[kind];
  return [
    { name, body: { ...where, work_item_id, ...body } },
    ...(untracked.kind === 'command' ? [untracked.command] : []),
  ];
}

describe('hostile messages', () => {
  const oddities: readonly unknown[] = [
    ...[
      null,
      '',
      0,
      -1,
      1e300,
      2 ** 31,
      '42',
      true,
      [],
      {},
      [null],
      [[]],
      { toString: 1, valueOf: 1 },
    ],
    ...['refs/heads/x', 'refs/tags/x', '\0', '\ud800', 'x'.repeat(20_000), '0'.repeat(40), second],
    ...['https://a:b@github.com/acme/widget', 'http://x', '0000-00-00', '+012345-01-01T00:00:00Z'],
  ];
  const odd = fc.oneof(fc.jsonValue(), fc.constantFrom(...oddities));
  const bodies = [
    ...['push', 'push-deleted', 'create-branch', 'delete-branch', 'issues-opened'].map(githubBody),
    ...['pull-request-opened', 'pull-request-merged', 'pull-request-review'].map(githubBody),
    {
      ...pushNotice,
      commits: [{ hash: first, author: 'Ada', date: 1, files: ['a'] }],
      host: 'h',
      agent_id: 'a',
      forced: true,
    },
    {
      ...prNotice,
      title: 'x',
      branch: 'x',
      merged: true,
      merged_by: 'a',
      merge_commit: second,
      merged_at: 'x',
      pr_url: 'https://github.com/acme/widget/pull/42',
    },
    {
      ...sync,
      uncommitted_count: 1,
      behind: 1,
      last_commit_hash: second,
      last_commit_message: 'x',
      branch: 'x',
      repo: widget,
      host: 'h',
      synced_at: '2026-01-21T14:30:22Z',
    },
  ];
  const keys = ['git.push', 'git.pr.merged', 'git.sync_completed', 'github.pr.created', 'x.y'];

  it('are translated into what commands take, or refused with a reason, at whichever field', async () => {
    const mutation = fc.record({
      body: fc.constantFrom(...bodies),
      key: fc.constantFrom(...keys),
      changes: fc.array(fc.record({ at: fc.nat(), value: odd }), { minLength: 1, maxLength: 3 }),
    });
    let observations = 0;
    await fc.assert(
      fc.asyncProperty(mutation, async ({ body, key, changes }) => {
        const changed = changes.reduce((whole, { at, value }) => {
          const paths = pathsOf(whole);
          return replaced(whole, paths[at % paths.length] ?? [], value) as JsonObject;
        }, body as JsonObject);
        const observation = readable(changed, key);
        if (observation === null) return;
        observations += 1;
        for (const { name, body: command } of await commandsOf(observation)) {
          expect(definitions[name].schema.safeParse(command).error).toBeUndefined();
        }
      }),
      { numRuns: 3000, seed: 20260121 },
    );
    expect(observations).toBeGreaterThan(1000);
  });

  it('are refused with the names of fields, never with what they say', () => {
    const secret = 'hunter2-hunter2';
    const refusals = bodies.flatMap((body) =>
      pathsOf(body).flatMap((path) =>
        [...oddities, secret].map((value) => refusal(replaced(body, path, value), 'git.push')),
      ),
    );
    expect(new Set(refusals).size).toBeGreaterThanOrEqual(8);
    expect(refusals.join()).not.toContain(secret);
  });
});

it('reads a push of 2,048 commits within the limits of its command', async () => {
  const commits = Array.from({ length: 2_048 }, (_, n) => ({
    id: n.toString(16).padStart(40, 'b'),
    message: `Change ${n}`,
    timestamp: '2026-01-21T14:10:00Z',
    author: { name: 'Ada' },
    added: [`src/${n}.ts`],
    removed: [],
    modified: ['README.md'],
  }));
  const observation = observe({ ...push, commits });
  expect(observation.what).toMatchObject({ commits: { length: 2_048 } });
  const [command, untracked] = await commandsOf(observation);
  for (const it of [command, untracked]) {
    expect(it && definitions[it.name].schema.safeParse(it.body).error).toBeUndefined();
  }
  expect(untracked?.name).toBe('observe_untracked');
});

/** What was observed; null when it was ignored or refused as a message that cannot be read. */
function readable(body: JsonObject, key: string): Observation | null {
  try {
    const translation = translate(body, key);
    expect(translate(body, key)).toEqual(translation);
    return translation.kind === 'observation' ? translation.observation : null;
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedMessageError);
    return null;
  }
}

/** Why a message cannot be read; null when it can. */
function refusal(body: unknown, key: string): string | null {
  try {
    translate(body, key);
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedMessageError);
    return (error as Error).message;
  }
}

type Path = readonly (string | number)[];

function pathsOf(value: unknown, above: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [above];
  const inner = Object.entries(value).flatMap(([name, part]) => pathsOf(part, [...above, name]));
  return above.length === 0 ? inner : [above, ...inner];
}

function replaced(whole: unknown, [name, ...rest]: Path, value: unknown): unknown {
  if (name === undefined) return value;
  const changed = replaced((whole as JsonObject)[name], rest, value);
  if (Array.isArray(whole)) return whole.with(Number(name), changed);
  return { ...(whole as JsonObject), [name]: changed };
}
