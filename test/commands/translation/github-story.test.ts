import { beforeEach, describe, expect, it } from 'vitest';
import { attribute } from '../../../src/commands/attribution/attribute.ts';
import { IdentityResolver } from '../../../src/commands/attribution/identity.ts';
import { EventSourcedCommandHandler } from '../../../src/commands/handler.ts';
import { Snapshots } from '../../../src/commands/snapshots.ts';
import type { JsonObject } from '../../../src/events/event-store.ts';
import { command, registerWidget, settings, startOn } from '../../support/commands.ts';
import { InMemoryEventStore } from '../../support/in-memory-event-store.ts';
import { first, githubBody, noCommit, observe, second, withPart } from './git-messages.ts';

let store: InMemoryEventStore;
let handler: EventSourcedCommandHandler;
let resolver: IdentityResolver;

beforeEach(async () => {
  store = new InMemoryEventStore();
  handler = new EventSourcedCommandHandler(store, settings);
  resolver = new IdentityResolver(store, new Snapshots(store), settings.remoteHosts, {
    inCheckout: async () => [],
    ofAgent: async () => [],
  });
  await handler.handle(registerWidget({ now: at(0) }));
  await handler.handle(startOn('feature/spin', {}, { now: at(0) }));
});

const startedAt = Date.parse('2026-01-21T14:30:00Z') / 1000;
const at = (second: number) => new Date((startedAt + second) * 1000).toISOString();

/** Hands GitHub's body on to the work it is about; answers the event that came of it, if any. */
async function tell(body: JsonObject) {
  const before = store.published.length;
  const directed = await attribute(observe(body), resolver);
  if (directed.kind === 'ignored') return directed.reason;
  const { name, id, body: fields } = directed.command;
  const { status } = await handler.handle(command(name, fields, { id, now: at(3600) }));
  expect(status).not.toBe('rejected');
  return store.published.slice(before).map(({ type, data }) => ({ type, ...data }))[0];
}

/** A push at a second of the story, to a head whose commit was made before the story began. */
const push = (second: number, fields: JsonObject) =>
  withPart({ ...githubBody('push'), commits: [], ...fields }, ['repository'], {
    pushed_at: startedAt + second,
  });

describe('work on a branch, as GitHub tells it', () => {
  it('goes back and forward again as often as its branch is forced there, and once per push', async () => {
    const there = { before: first, after: second, forced: true };
    const back = { before: second, after: first, forced: true };
    expect(await tell(push(1, there))).toMatchObject({ head_commit_hash: second, forced: true });
    expect(await tell(push(2, back))).toMatchObject({ head_commit_hash: first });
    expect(await tell(push(3, there))).toMatchObject({ head_commit_hash: second });
    expect(await tell(push(3, there))).toBeUndefined();
  });

  it('loses its branch, has it again from the same commit, and loses it once more', async () => {
    const gone = { before: second, after: noCommit, deleted: true, head_commit: null };
    const restored = { before: noCommit, after: second, created: true };
    expect(await tell(push(1, { before: first }))).toMatchObject({ head_commit_hash: second });
    expect(await tell(push(2, gone))).toMatchObject({ type: 'imi.work.branch_deleted' });
    expect(await tell(push(3, restored))).toMatchObject({ type: 'imi.work.activity_observed' });
    expect(await tell(push(4, gone))).toMatchObject({ type: 'imi.work.branch_deleted' });
    expect(await tell(push(2, gone))).toBeUndefined();
  });

  it('gets its pull request, which is merged', async () => {
    expect(await tell(githubBody('pull-request-opened'))).toMatchObject({
      type: 'imi.pr.created',
      pr_number: 42,
    });
    expect(await tell(githubBody('pull-request-merged'))).toMatchObject({
      type: 'imi.pr.merged',
      merged_by: 'grace',
    });
  });

  it('has no part in a pull request of the same branch in a fork', async () => {
    const fork = { repo: { full_name: 'mallory/widget' } };
    const body = withPart(githubBody('pull-request-opened'), ['pull_request', 'head'], fork);
    expect(await tell(body)).toBe('fork');
  });

  it('has no part in what happens to the trunk', async () => {
    expect(await tell(push(1, { ref: 'refs/heads/main' }))).toBe('trunk');
  });
});
