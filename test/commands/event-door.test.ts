import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/bloodbank/delivery.ts';
import { eventDoor } from '../../src/commands/event-door.ts';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import { tellPlaneProjects, ticketIdentifiers } from '../../src/commands/plane-projects.ts';
import { Snapshots } from '../../src/commands/snapshots.ts';
import { translatePlane } from '../../src/commands/translation/plane.ts';
import type { JsonObject } from '../../src/events/event-store.ts';
import { StoreUnavailableError } from '../../src/events/event-store.ts';
import { at, settings } from '../support/commands.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';
import {
  githubPing,
  issueWebhook,
  projectUuid,
  projectWebhook,
  relayed,
} from './translation/plane-bodies.ts';

function setUp(declared: readonly { id: string; identifier: string }[] = []) {
  const store = new InMemoryEventStore();
  const handler = new EventSourcedCommandHandler(store, settings);
  const ignored: string[] = [];
  const lines: string[] = [];
  const identifiers = ticketIdentifiers(declared, new Snapshots(store));
  const handle = eventDoor({
    handler,
    translate: async (message) => {
      const translation = translatePlane(message, await identifiers());
      if (translation.kind === 'observation') throw new Error('nobody attributes it here');
      return translation;
    },
    remoteHosts: settings.remoteHosts,
    onIgnored: (reason) => ignored.push(reason),
    log: pino({ level: 'trace' }, { write: (line) => void lines.push(line) }),
    now: () => at,
  });
  const deliver = (payload: unknown, key = 'webhook.plane.issue') => {
    const delivery: Delivery = {
      body: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
      routingKey: key,
      exchange: 'bloodbank.events.v1',
      messageId: randomUUID(),
    };
    return handle(delivery);
  };
  const tell = () =>
    tellPlaneProjects(
      declared,
      { handler, hostname: 'h', now: () => at },
      new AbortController().signal,
    );
  return { store, deliver, ignored, tell, log: () => lines.join('') };
}

const envelope = (payload: JsonObject) => ({
  event_id: randomUUID(),
  event_type: 'webhook.plane.issue',
  timestamp: at,
  version: '1.0.0',
  source: { host: 'relay', type: 'webhook', app: 'plane-relay' },
  correlation_ids: [],
  payload,
});

const proj = [{ id: projectUuid, identifier: 'PROJ' }];

describe('the door of what others tell', () => {
  it('makes one event of five deliveries of one change, at once and under five names', async () => {
    const { store, deliver } = setUp();
    const change = () => deliver(envelope(relayed(issueWebhook())));
    const verdicts = await Promise.all([change(), change(), change(), change(), change()]);
    expect(verdicts).toEqual([{}, {}, {}, {}, {}]);
    expect(store.published).toHaveLength(1);
    expect(store.all).toHaveLength(2);
  });

  it('makes one event of the fields that were changed at once, each delivered by itself', async () => {
    const { store, deliver } = setUp();
    const field = (name: string) =>
      deliver(envelope(issueWebhook({ activity: { field: name, new_value: 'x' } })));
    await Promise.all(['state', 'name', 'priority'].map(field));
    expect(store.published).toHaveLength(1);
  });

  it('names the message as the cause and its sender as the actor', async () => {
    const { store, deliver } = setUp();
    const message = envelope(issueWebhook());
    await deliver(message);
    expect(store.published[0]?.metadata).toMatchObject({
      $causationId: message.event_id,
      $correlationId: message.event_id,
      actor: 'plane-relay',
      source: { host: 'relay', type: 'webhook', app: 'plane-relay' },
    });
  });

  it('acknowledges and counts what asks nothing, and sets aside what cannot be read', async () => {
    const { store, deliver, ignored } = setUp();
    expect(await deliver(relayed(githubPing))).toEqual({});
    expect(await deliver({ hello: 'world' })).toEqual({});
    expect(ignored).toEqual(['github_event_not_kept', 'unknown_shape']);
    expect(await deliver('{"ticket_id":')).toMatchObject({ death: { code: 'body_not_json' } });
    const nameless = await deliver(issueWebhook({}, { id: 'issue-1' }));
    expect(nameless).toEqual({ death: { code: 'bad_event', reason: 'id is not a UUID' } });
    expect(store.all).toEqual([]);
  });

  it('leaves a message to be tried again when the store is away', async () => {
    const { store, deliver } = setUp();
    store.beforeAppend = () => {
      throw new StoreUnavailableError('away');
    };
    await expect(deliver(issueWebhook())).rejects.toThrow(StoreUnavailableError);
    store.beforeAppend = () => {};
    await deliver(issueWebhook());
    expect(store.published).toHaveLength(1);
  });

  it('logs no word of what a message says', async () => {
    const { deliver, log } = setUp();
    await deliver(issueWebhook({}, { name: 'hunter2-hunter2' }));
    await deliver({ ticket_id: 'PROJ-1', status: 'hunter2-hunter2' });
    expect(log()).toContain('observe_ticket');
    expect(log()).not.toContain('hunter2');
  });
});

describe('the projects of IMI_PLANE_PROJECTS', () => {
  it('are told once, and give the tickets of later messages their keys', async () => {
    const { store, deliver, tell } = setUp(proj);
    await tell();
    await tell();
    await deliver(issueWebhook());
    expect(store.published.map((event) => event.streamId)).toEqual([
      'plane_projects-known',
      'ticket-PROJ-123',
    ]);
  });

  it('are told as soon as a store that was away is back', async () => {
    const { store, tell } = setUp(proj);
    let away = 2;
    store.beforeAppend = () => {
      away -= 1;
      if (away >= 0) throw new StoreUnavailableError('away');
    };
    await tell();
    expect(store.published).toHaveLength(1);
  });

  it('leave no other identifier to be believed, but for those heard of from Plane', async () => {
    const { store, deliver, ignored } = setUp(proj);
    for (const ticket_id of ['PROJ-1', 'PR-1', 'CORE-1']) await deliver({ ticket_id });
    expect(ignored).toEqual(['no_ticket', 'no_ticket']);
    await deliver(projectWebhook({ id: randomUUID(), identifier: 'CORE' }));
    await deliver({ ticket_id: 'CORE-1' });
    expect(store.published.map((event) => event.streamId)).toEqual([
      'ticket-PROJ-1',
      'plane_projects-known',
      'ticket-CORE-1',
    ]);
  });
});
