import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import { attribute } from '../../src/commands/attribution/attribute.ts';
import { IdentityResolver } from '../../src/commands/attribution/identity.ts';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import { mutationDoor } from '../../src/commands/mutation-door.ts';
import { Snapshots } from '../../src/commands/snapshots.ts';
import { translateMutation } from '../../src/commands/translation/tool-mutation.ts';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { at, origin, registerWidget, settings, startOn } from '../support/commands.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';

let store: InMemoryEventStore;
let log: string[];
let ignored: string[];

beforeEach(async () => {
  store = new InMemoryEventStore();
  log = [];
  ignored = [];
  const handler = new EventSourcedCommandHandler(store, settings);
  await handler.handle(registerWidget());
  await handler.handle(startOn('a'));
});

function door() {
  const resolver = new IdentityResolver(store, new Snapshots(store), settings.remoteHosts, {
    inCheckout: async () => [],
    ofAgent: async () => [],
  });
  const handle = mutationDoor({
    handler: new EventSourcedCommandHandler(store, settings),
    translate: translateMutation,
    attribute: (observation) => attribute(observation, resolver),
    onIgnored: (reason) => ignored.push(reason),
    log: pino({ level: 'trace' }, { write: (line) => void log.push(line) }),
    now: () => at,
    prefetch: 64,
    lingerMs: 5,
  });
  return (payload: object | string) =>
    handle({
      body: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
      routingKey: 'tool.mutation.write',
      exchange: 'bloodbank.events.v1',
      messageId: randomUUID(),
    });
}

const mutation = (file_path: string) => ({
  event_type: 'tool.mutation.write',
  tool_name: 'Write',
  agent_id: 'ada',
  repo: { git_root: '/code/a', branch: 'a', head_sha: 'abcdef1', remote_url: origin },
  file_path,
  lines_changed: 3,
  raw_payload: { token: 'ghp_planted0000000000000000000000000000' },
  timestamp: '2026-01-21T14:30:00Z',
  correlation_id: 'corr-1',
});

const observed = () => store.published.filter(({ type }) => type === 'imi.work.activity_observed');

test('two hundred edits at once are few events that name every file', async () => {
  const deliver = door();
  const files = Array.from({ length: 200 }, (_, n) => `src/${n}.ts`);
  const verdicts = await Promise.all([
    ...files.map((file) => deliver(mutation(`/code/a/${file}`))),
    deliver('{"not json'),
  ]);
  expect(verdicts.filter(({ death }) => death === undefined)).toHaveLength(200);
  expect(verdicts.at(-1)?.death?.code).toBe('body_not_json');
  const paths = observed().flatMap(({ data }) => data.paths as string[]);
  expect(paths.toSorted()).toEqual(files.toSorted());
  expect(observed().length).toBeLessThan(12);
  const before = observed().length;
  await Promise.all(files.map((file) => deliver(mutation(`/code/a/${file}`))));
  expect(observed()).toHaveLength(before);
});

test('nothing of the raw payload goes anywhere', async () => {
  const deliver = door();
  await deliver(mutation('/code/a/x.ts'));
  await deliver({ ...mutation('/code/a/y.ts'), repo: null });
  expect(ignored).toEqual(['no_place']);
  expect(
    `${JSON.stringify(store.all.map(({ data, metadata }) => [data, metadata]))}${log.join('')}`,
  ).not.toMatch(/planted/);
});

test('with the store away every edit is given back, and taken again once it is there', async () => {
  const deliver = door();
  store.beforeAppend = () => {
    throw new StoreUnavailableError('away');
  };
  const edits = [1, 2, 3].map((n) => mutation(`/code/a/${n}.ts`));
  const first = await Promise.allSettled(edits.map(deliver));
  expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  store.beforeAppend = () => undefined;
  expect(await Promise.all(edits.map(deliver))).toEqual([{}, {}, {}]);
  expect(observed().flatMap(({ data }) => data.paths)).toHaveLength(3);
});
