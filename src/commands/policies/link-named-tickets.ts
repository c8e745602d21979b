import type { ImiEvent } from '../../events/catalogue.ts';
import { workItems } from '../aggregate.ts';
import type { Snapshots } from '../snapshots.ts';
import { ticketKeysIn } from '../ticket-keys.ts';
import type { Policy } from './policy.ts';

/** Tells whether ticket keys begin with an identifier, by what is known of Plane's projects now. */
export type KnownIdentifiers = () => Promise<(identifier: string) => boolean>;

/**
 * Work is linked to the tickets that its branch, its commits and its pull requests name. Only
 * identifiers of known Plane projects count: `ADR-0002` and `PR-1` look like tickets and are none.
 */
export function linkNamedTickets(snapshots: Snapshots, identifiers: KnownIdentifiers): Policy {
  return {
    name: 'link-named-tickets',
    reactsTo: [
      'imi.work.started',
      'imi.work.activity_observed',
      'imi.pr.created',
      'imi.pr.updated',
    ],
    async react(event) {
      const work_item_id = 'work_item_id' in event.data ? event.data.work_item_id : null;
      const candidates = ticketKeysIn(textsOf(event));
      if (work_item_id == null || candidates.length === 0) return [];
      const isKnown = await identifiers();
      const keys = candidates.filter((key) => isKnown(key.slice(0, key.indexOf('-'))));
      if (keys.length === 0) return [];
      const { state } = await snapshots.refresh(workItems, work_item_id);
      const linked = new Set(state?.tickets.map(({ plane_ticket_id }) => plane_ticket_id));
      return keys
        .filter((key) => !linked.has(key))
        .map((key) => ({
          name: 'link_ticket' as const,
          subject: key,
          body: { work_item_id, plane_ticket_id: key },
        }));
    },
  };
}

/** What people wrote about the work, in which they may have named a ticket. */
function textsOf(event: ImiEvent): readonly string[] {
  switch (event.type) {
    case 'imi.work.started':
      return [event.data.branch_name];
    case 'imi.work.activity_observed':
      return event.data.commits.flatMap(({ message }) => message ?? []);
    case 'imi.pr.created':
    case 'imi.pr.updated':
      return [event.data.pr_title ?? ''];
    default:
      return [];
  }
}
