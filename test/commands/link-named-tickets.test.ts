import { pino } from 'pino';
import { expect, test } from 'vitest';
import { EventSourcedCommandHandler } from '../../src/commands/handler.ts';
import { knownTicketIdentifiers } from '../../src/commands/plane-projects.ts';
import { linkNamedTickets } from '../../src/commands/policies/link-named-tickets.ts';
import { runPolicies } from '../../src/commands/policies/run-policies.ts';
import { Snapshots } from '../../src/commands/snapshots.ts';
import { ticketKeysIn } from '../../src/commands/ticket-keys.ts';
import { at, command, registerWidget, settings, startOn } from '../support/commands.ts';
import { InMemoryEventStore } from '../support/in-memory-event-store.ts';

test.each([
  ['feature/PROJ-123-spin', ['PROJ-123']],
  ['proj-123', ['PROJ-123']],
  ['Fix PROJ-1, PROJ-2 and PROJ-1 (PROJ-3)', ['PROJ-1', 'PROJ-2', 'PROJ-3']],
  ['ADR-0002', []],
  ['CLIENT-3458232574292183806', []],
  ['xPROJ-1y PROJ-', []],
  ['', []],
])('%j names %j', (text, keys) => {
  expect(ticketKeysIn([text])).toEqual(keys);
});

test('work is linked to the tickets it names, of known projects only, and once', async () => {
  const store = new InMemoryEventStore();
  const handler = new EventSourcedCommandHandler(store, settings);
  const declared = [{ id: '11111111-1111-4111-8111-111111111111', identifier: 'PROJ' }];
  const react = () =>
    runPolicies(
      {
        ...{ store, handler, hostname: 'h', now: () => at },
        log: pino({ level: 'silent' }),
        policies: [
          linkNamedTickets(
            new Snapshots(store),
            knownTicketIdentifiers(declared, new Snapshots(store)),
          ),
        ],
      },
      new AbortController().signal,
    );
  const linked = () =>
    store.published
      .filter(({ type }) => type === 'imi.link.ticket_linked')
      .map(({ data }) => data.plane_ticket_id);
  await handler.handle(registerWidget());
  const source = { type: 'plane_ticket', ref: 'PROJ-1' };
  const { ids } = await handler.handle(startOn('feat/proj-1-and-proj-2', { source }));
  await react();
  expect(linked()).toEqual(['PROJ-1', 'PROJ-2']);

  const { work_item_id } = ids;
  const commits = [{ hash: 'abcdef1', message: 'PROJ-3: see ADR-2 and PR-1' }];
  await handler.handle(command('record_activity', { work_item_id, kind: 'push', commits }));
  const pr = { work_item_id, pr_number: 1, pr_title: 'PROJ-2 PROJ-4 SHOP-9' };
  await handler.handle(command('link_pr', pr));
  await react();
  await react();
  expect(linked()).toEqual(['PROJ-1', 'PROJ-2', 'PROJ-3', 'PROJ-4']);

  const plane_project_id = '22222222-2222-4222-8222-222222222222';
  await handler.handle(command('observe_plane_project', { plane_project_id, identifier: 'SHOP' }));
  await handler.handle(command('observe_pr', { ...pr, pr_state: 'open', pr_title: 'SHOP-9' }));
  await react();
  expect(linked().at(-1)).toBe('SHOP-9');
});
