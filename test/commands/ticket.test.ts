import { describe, expect, it } from 'vitest';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import { completeTicketsOfKnownProjects } from '../../src/commands/policies/complete-tickets-of-known-projects.ts';
import { reactionCommand } from '../../src/commands/policies/policy.ts';
import { decodeEvent } from '../../src/events/catalogue.ts';
import { type Ticket, ticketEvents } from '../../src/events/ticket.ts';
import { at, command, settings } from '../support/commands.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';
import { issueId, projectUuid } from './translation/plane-bodies.ts';

const setUp = () => {
  const store = new InMemoryEventStore();
  const handler = new EventSourcedCommandHandler(store, settings);
  const observe = (body: object) => handler.handle(command('observe_ticket', body));
  const know = (identifier: string, plane_project_id = projectUuid) =>
    handler.handle(command('observe_plane_project', { plane_project_id, identifier }));
  const streams = () =>
    store.published.map((event) => `${event.streamId} ${event.type.slice('imi.ticket.'.length)}`);
  return { store, handler, observe, know, streams };
};

const issue = {
  plane_issue_id: issueId,
  plane_project_id: projectUuid,
  sequence_id: 123,
  ticket_title: 'Spin',
  ticket_state: 'Todo',
  ticket_state_group: 'unstarted',
  plane_updated_at: '2026-01-21T14:00:00.000Z',
};

describe('observing a ticket', () => {
  it('records its whole public face, and what changed', async () => {
    const { store, observe } = setUp();
    await observe({ plane_ticket_id: 'PROJ-123', ticket_state: 'started' });
    expect(store.published).toMatchObject([
      {
        streamId: 'ticket-PROJ-123',
        type: 'imi.ticket.observed',
        data: {
          plane_ticket_id: 'PROJ-123',
          plane_issue_id: null,
          ticket_title: null,
          ticket_state: 'started',
          deleted_at: null,
          changed_fields: ['ticket_state'],
        },
      },
    ]);
  });

  it('writes nothing when nothing changed, whatever the command is called', async () => {
    const { observe, streams } = setUp();
    await observe(issue);
    const again = await observe({ ...issue, plane_updated_at: '2026-01-21T14:05:00.000Z' });
    expect(again.status).toBe('unchanged');
    expect(streams()).toHaveLength(1);
  });

  it('takes no older news than it has, and keeps what was not said', async () => {
    const { store, observe } = setUp();
    await observe(issue);
    const late = { ...issue, ticket_title: 'Old', plane_updated_at: '2026-01-21T13:59:59.999Z' };
    expect((await observe(late)).status).toBe('unchanged');
    await observe({ plane_issue_id: issueId, ticket_state: 'Done' });
    expect(store.published.at(-1)?.data).toMatchObject({
      ticket_title: 'Spin',
      ticket_state: 'Done',
      ticket_state_group: null,
      plane_updated_at: issue.plane_updated_at,
      changed_fields: ['ticket_state', 'ticket_state_group'],
    });
  });

  it('marks it as gone once, and takes it back only when Plane says so later', async () => {
    const { store, observe } = setUp();
    await observe(issue);
    const gone = { plane_issue_id: issueId, deleted: true };
    expect((await observe(gone)).status).toBe('accepted');
    expect((await observe(gone)).status).toBe('unchanged');
    expect((await observe({ ...issue, ticket_title: 'Late' })).status).toBe('unchanged');
    expect(store.published.at(-1)?.data).toMatchObject({ deleted_at: at, ticket_title: 'Spin' });
    await observe({ ...issue, plane_updated_at: '2026-01-22T00:00:00Z' });
    expect(store.published.at(-1)?.data).toMatchObject({ deleted_at: null });
  });

  it.each([{}, { plane_ticket_id: 'ADR-0002' }, { plane_issue_id: 'x' }])(
    'is refused without a ticket to observe: %j',
    async (body) => {
      const { observe } = setUp();
      const outcome = await observe(body);
      expect(outcome).toMatchObject({ status: 'rejected', error: { code: 'VALIDATION_ERROR' } });
    },
  );
});

describe('the name of a ticket', () => {
  it('is its key when the project is known, so that both forms tell of one ticket', async () => {
    const { observe, know, streams } = setUp();
    await know('PROJ');
    await observe(issue);
    await observe({ plane_ticket_id: 'PROJ-123', ticket_state: 'Done' });
    await observe({ plane_issue_id: issueId, deleted: true });
    expect(streams()).toEqual([
      'plane_projects-known project_observed',
      'ticket-PROJ-123 observed',
      'ticket-PROJ-123 observed',
      'ticket-PROJ-123 observed',
    ]);
  });

  it('stays when the project is renamed in Plane', async () => {
    const { observe, know, streams } = setUp();
    await know('PROJ');
    await observe(issue);
    await know('CORE');
    await observe({ ...issue, ticket_title: 'Spin on', plane_updated_at: at });
    expect(streams().at(-1)).toBe('ticket-PROJ-123 observed');
  });

  it('is Plane’s own id as long as the project is unknown', async () => {
    const { observe, streams } = setUp();
    await observe(issue);
    await observe({ plane_issue_id: issueId, deleted: true });
    expect(streams()).toEqual([`ticket-${issueId} observed`, `ticket-${issueId} observed`]);
  });

  it('is learnt once per project', async () => {
    const { know, streams } = setUp();
    expect((await know('proj')).status).toBe('accepted');
    expect((await know('PROJ')).status).toBe('unchanged');
    expect(streams()).toHaveLength(1);
  });
});

describe('the policy for tickets without a key', () => {
  /** Reacts to the last event as the policies' runner would. */
  async function reactToLast({ store, handler }: ReturnType<typeof setUp>) {
    const unnamed = async (): Promise<Ticket[]> =>
      store.published
        .filter(({ data }) => data.plane_issue_id && data.plane_ticket_id === data.plane_issue_id)
        .map(({ data }) => ({
          ...ticketEvents['imi.ticket.observed'].parse(data),
          id: issueId,
          created_at: at,
          updated_at: at,
        }));
    const policy = completeTicketsOfKnownProjects(unnamed);
    const event = decodeEvent(store.published.at(-1) as never);
    for (const reaction of await policy.react(event)) {
      const context = { now: at, hostname: 'h' };
      await handler.handle(reactionCommand(policy.name, event, reaction, context));
    }
  }

  it('gives them their key once the project is known, and again changes nothing', async () => {
    const stand = setUp();
    await stand.observe(issue);
    await stand.know('PROJ');
    await reactToLast(stand);
    expect(stand.streams().at(-1)).toBe('ticket-PROJ-123 observed');
    expect(stand.store.published.at(-1)?.data).toMatchObject({
      ticket_title: 'Spin',
      plane_updated_at: issue.plane_updated_at,
    });
    const written = stand.store.all.length;
    await reactToLast(stand);
    expect(stand.store.all).toHaveLength(written);
  });

  it('gives it to one that was observed by a process that had not heard of the project', async () => {
    const stand = setUp();
    await stand.observe(issue);
    const [unnamed] = stand.store.published;
    await stand.know('PROJ');
    const policy = completeTicketsOfKnownProjects(async () => []);
    const event = decodeEvent(unnamed as never);
    for (const reaction of await policy.react(event)) {
      const context = { now: at, hostname: 'h' };
      await stand.handler.handle(reactionCommand(policy.name, event, reaction, context));
    }
    expect(stand.streams().at(-1)).toBe('ticket-PROJ-123 observed');
  });

  it('writes nothing about one whose project stays unknown', async () => {
    const stand = setUp();
    await stand.observe(issue);
    const written = stand.store.all.length;
    await reactToLast(stand);
    expect(stand.store.all).toHaveLength(written);
  });
});
