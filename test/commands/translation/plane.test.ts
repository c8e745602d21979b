import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../src/bloodbank/delivery.ts';
import { readEnvelope } from '../../../src/bloodbank/envelope-in.ts';
import { MalformedMessageError } from '../../../src/bloodbank/malformed.ts';
import { definitions } from '../../../src/commands/definitions.ts';
import { translatePlane } from '../../../src/commands/translation/plane.ts';
import type { JsonObject } from '../../../src/events/event-store.ts';
import { shapes } from '../../e2e/envelopes.ts';
import {
  githubPing,
  githubPullRequest,
  issueDeleted,
  issueId,
  issueWebhook,
  projectUuid,
  projectWebhook,
  relayed,
  stateId,
} from './plane-bodies.ts';

const known = new Set(['PROJ', 'CORE', 'PERTH']);

const delivery = (body: unknown, routingKey: string): Delivery => ({
  body: Buffer.from(JSON.stringify(body)),
  routingKey,
  exchange: 'bloodbank.events.v1',
});

const translate = (body: unknown, routingKey = 'webhook.plane.issue') =>
  translatePlane(readEnvelope(delivery(body, routingKey)), (it) => known.has(it));

const bodyOf = (body: unknown, key?: string): JsonObject => {
  const translation = translate(body, key);
  if (translation.kind !== 'command') throw new Error(`not a command: ${translation.kind}`);
  return translation.command.body;
};

const idOf = (body: unknown): string => {
  const translation = translate(body);
  return translation.kind === 'command' ? translation.command.id : translation.kind;
};

const spins = {
  plane_issue_id: issueId,
  plane_project_id: projectUuid,
  sequence_id: 123,
  ticket_title: 'Widgets spin backwards',
  ticket_state: 'In Progress',
  ticket_state_group: 'started',
  plane_updated_at: '2026-01-21T14:30:22.345Z',
};

describe('an issue webhook of Plane', () => {
  it.each<[string, JsonObject]>([
    ['raw', issueWebhook()],
    ['relayed', relayed(issueWebhook())],
    ['relayed as JSON text', relayed(JSON.stringify(issueWebhook()))],
    ['wrapped twice', { payload: relayed(issueWebhook()) }],
    ['of action create', issueWebhook({ action: 'create' })],
    ['of action created', issueWebhook({ action: 'created' })],
    ['of action update', issueWebhook({ action: 'update' })],
    ['without an activity', issueWebhook({ activity: null })],
  ])('is an observed ticket when it comes %s', (_, body) => {
    expect(bodyOf(body)).toEqual(spins);
    expect(bodyOf(body, 'plane.ticket.updated')).toEqual(spins);
  });

  it.each(['delete', 'deleted'])('marks the ticket as gone on action %s', (action) => {
    expect(bodyOf({ ...issueDeleted, action })).toEqual({ plane_issue_id: issueId, deleted: true });
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['its key', { identifier: 'PROJ-123' }, { plane_ticket_id: 'PROJ-123' }],
    [
      'its project with the identifier',
      { project: { id: projectUuid, identifier: 'CORE' } },
      { plane_ticket_id: 'CORE-123', plane_project_id: projectUuid },
    ],
    ['its state by name', { state: 'Done' }, { ticket_state: 'Done' }],
    ['an address', { url: 'https://plane.so/x' }, { ticket_url: 'https://plane.so/x' }],
    [
      'one with a password',
      { url: 'https://a:b@plane.so/x' },
      { ticket_url: 'https://plane.so/x' },
    ],
  ])('may carry %s', (_, data, expected) => {
    expect(bodyOf(issueWebhook({}, data))).toMatchObject(expected);
  });

  it.each<[string, JsonObject, string]>([
    ['a state without a name', { state: stateId }, 'ticket_state'],
    ['an address of another kind', { url: 'javascript:alert(1)' }, 'ticket_url'],
    ['a time that is none', { updated_at: 'yesterday' }, 'plane_updated_at'],
    ['a number that counts nothing', { sequence_id: -1 }, 'sequence_id'],
    ['a key of an unknown project', { identifier: 'CLIENT-7' }, 'plane_ticket_id'],
  ])('says nothing by %s', (_, data, absent) => {
    expect(bodyOf(issueWebhook({}, data))).not.toHaveProperty(absent);
  });

  it('has no key as long as nobody says one, though every identifier be believed', () => {
    const message = readEnvelope(delivery(issueWebhook(), 'webhook.plane.issue'));
    expect(translatePlane(message, () => true)).toMatchObject({ command: { body: spins } });
    expect(translatePlane(message, () => true)).not.toHaveProperty('command.body.plane_ticket_id');
  });

  it('is cut and cleaned to what a store can hold', () => {
    const body = bodyOf(issueWebhook({}, { name: `\0${'x'.repeat(999)}\u{1f600}` }));
    expect(definitions.observe_ticket.schema.safeParse(body).success).toBe(true);
  });
});

describe('the id of a translated change', () => {
  it('is the same however often and by whichever envelope the change is delivered', () => {
    const payload = issueWebhook();
    const ids = [
      idOf(payload),
      idOf({ ...payload, webhook_id: 'another', delivery_id: 'new per attempt' }),
      ...shapes.map((shape) => idOf(shape('imi.cmd.plane', relayed(payload)).body)),
    ];
    expect(new Set(ids).size).toBe(1);
  });

  it.each<[string, JsonObject]>([
    ['another ticket', issueWebhook({}, { id: projectUuid })],
    ['another time', issueWebhook({}, { updated_at: '2026-01-21T14:30:22.345679Z' })],
    ['another field', issueWebhook({ activity: { field: 'name', new_value: 'In Progress' } })],
    ['another value', issueWebhook({ activity: { field: 'state', new_value: 'Done' } })],
    ['the deletion', issueWebhook({ action: 'deleted' })],
  ])('is another for %s', (_, body) => {
    expect(idOf(body)).not.toBe(idOf(issueWebhook()));
  });
});

describe('the minimal form', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['a ticket id', { ticket_id: 'PROJ-123' }, { plane_ticket_id: 'PROJ-123' }],
    ['a ticket id in small letters', { ticket_id: 'proj-123' }, { plane_ticket_id: 'PROJ-123' }],
    ['a plane ticket id', { plane_ticket_id: 'PROJ-1' }, { plane_ticket_id: 'PROJ-1' }],
    ['an identifier', { identifier: 'PERTH-99' }, { plane_ticket_id: 'PERTH-99' }],
    ['Plane’s own id', { ticket_id: issueId }, { plane_issue_id: issueId }],
  ])('names a ticket by %s', (_, body, expected) => {
    expect(bodyOf({ ...body, status: 'started' }, 'plane.ticket.created')).toEqual({
      ...expected,
      ticket_state: 'started',
    });
  });

  it.each(['ADR-0002', 'PR-1', 'CLIENT-3458232574292183806', 'PROJ', 'PROJ-', '-1', 'PROJ-0', ''])(
    'names no ticket by %j',
    (ticket_id) => {
      expect(translate({ ticket_id })).toEqual({ kind: 'ignored', reason: 'no_ticket' });
    },
  );

  it('tells by its key that the ticket is gone', () => {
    expect(bodyOf({ ticket_id: 'PROJ-123' }, 'plane.ticket.deleted')).toMatchObject({
      deleted: true,
    });
  });

  it('is read out of every envelope of the ecosystem', () => {
    for (const shape of shapes) {
      const { body } = shape('imi.cmd.plane', { ticket_id: 'PROJ-123', status: 'done' });
      expect(bodyOf(body, 'plane.ticket.updated')).toEqual({
        plane_ticket_id: 'PROJ-123',
        ticket_state: 'done',
      });
    }
  });
});

describe('a project webhook of Plane', () => {
  it('tells what the keys of its tickets begin with', () => {
    expect(bodyOf(relayed(projectWebhook()), 'webhook.plane.project')).toEqual({
      plane_project_id: projectUuid,
      identifier: 'PROJ',
      plane_project_name: 'Widgets',
    });
  });

  it('is ignored when it does not say the identifier', () => {
    const gone = { ...projectWebhook(), action: 'deleted', data: { id: projectUuid } };
    expect(translate(gone)).toEqual({ kind: 'ignored', reason: 'no_identifier' });
  });
});

describe('whatever else comes', () => {
  it.each<[string, unknown, string]>([
    ['a ping of GitHub', githubPing, 'github_event_not_kept'],
    ['a cycle of Plane', { ...issueWebhook(), event: 'cycle' }, 'plane_event_not_kept'],
    ['a comment of Plane', { ...issueWebhook(), event: 'issue_comment' }, 'plane_event_not_kept'],
    ['an empty body', {}, 'unknown_shape'],
    ['a shape nobody knows', { hello: 'world', body: [1] }, 'unknown_shape'],
  ])('is recognised by its shape: %s', (_, body, reason) => {
    expect(translate(body)).toEqual({ kind: 'ignored', reason });
  });

  it('is an observation when it is a pull request of GitHub', () => {
    expect(translate(relayed(githubPullRequest))).toMatchObject({
      observation: { what: { kind: 'pull_request', pr: { pr_number: 42, pr_state: 'open' } } },
    });
  });

  it.each<[string, unknown]>([
    ['an issue without data', { ...issueWebhook(), data: null }],
    ['an issue without an id', issueWebhook({}, { id: undefined })],
    ['an issue with an id of another form', issueWebhook({}, { id: 'issue-1' })],
    ['a project without an id', projectWebhook({ id: 7 })],
    ['a ticket id that is no text', { ticket_id: 42 }],
  ])('is malformed: %s', (_, body) => {
    expect(() => translate(body)).toThrow(MalformedMessageError);
  });

  it('never makes the translator fail otherwise, nor ask what its command would refuse', () => {
    const field = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('issue', 'project', 'deleted', issueId, 'PROJ-1', 'PROJ', 123),
    );
    const names = fc.constantFrom(
      ...['event', 'action', 'data', 'activity', 'body', 'payload', 'id', 'name', 'state'],
      ...['ticket_id', 'identifier', 'project', 'sequence_id', 'updated_at', 'url', 'status'],
      ...['repository', 'sender', 'field', 'new_value', 'group'],
    );
    const data = fc.dictionary(names, field);
    const body = fc.oneof(
      data,
      fc.record({ event: field, action: field, data: fc.oneof(field, data), activity: field }),
      data.map((inner) => issueWebhook({}, inner)),
      data.map((inner) => relayed(projectWebhook(inner))),
    );
    fc.assert(
      fc.property(body, (content) => {
        try {
          const translation = translate(content);
          if (translation.kind !== 'command') return;
          const { name, body: command } = translation.command;
          expect(definitions[name].schema.safeParse(command).error).toBeUndefined();
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessageError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
