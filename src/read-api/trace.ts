import type { TicketLinkResource } from '../http/schemas/ticket-link.ts';
import type { TraceResource } from '../http/schemas/trace.ts';
import { deploysOfWork, findDeploy } from './queries/deploys.ts';
import { prsOf, ticketsOf } from './queries/links-of-work.ts';
import { observedTicket } from './queries/observed-tickets.ts';
import { readTrace, type TracedWork } from './queries/trace.ts';
import type { ReadDatabase } from './read-database.ts';
import type { Terms } from './standing.ts';
import type { TracedEntity } from './traced-entity.ts';

type Chain = TraceResource['chain'];

/**
 * The chain of an entity, from ticket to deploy. Of its own kind the chain holds the entity alone:
 * the other tickets of its work items are not what was asked for.
 */
export async function traceFrom(
  db: ReadDatabase,
  start: TracedEntity,
  terms: Terms,
): Promise<Pick<TraceResource, 'ambiguous' | 'chain'>> {
  const work = await readTrace(db, start, terms);
  const deploys = await deploysOf(db, start, work);
  const tickets = ticketsAmong(ticketsOf(work), start, work[0]?.names ?? []);
  const asked = new Set(work.flatMap(({ prs }) => prs));
  const prs = prsOf(work).filter(({ id }) => start.type !== 'pr' || asked.has(id));
  const named = start.type === 'pr' ? prs : work;
  const projects = new Set(named.map(({ project_id }) => project_id));
  const mayBeMany = start.type === 'pr' || (start.type === 'branch' && start.project === null);
  return {
    ...(mayBeMany && { ambiguous: projects.size > 1 }),
    chain: {
      tickets:
        start.type === 'ticket' && tickets.length === 0 ? await unlinked(db, start.name) : tickets,
      work_items: work.map(({ shown }) => shown.item),
      commits: work.flatMap(({ commits }) => commits).sort(asTold),
      prs,
      deploys,
    },
  };
}

/** The deploy that was asked for, or all that ship the work items. */
async function deploysOf(
  db: ReadDatabase,
  start: TracedEntity,
  work: readonly TracedWork[],
): Promise<Chain['deploys']> {
  if (start.type === 'deploy') {
    const deploy = await findDeploy(db, start.deploy_id);
    return deploy === null ? [] : [deploy];
  }
  if (!work.some(({ may_be_deployed }) => may_be_deployed)) return [];
  return deploysOfWork(
    db,
    work.map(({ id }) => id),
  );
}

/** Each ticket once, under the latest title and address that somebody gave. */
function ticketsAmong(
  links: readonly TicketLinkResource[],
  start: TracedEntity,
  names: readonly string[],
): Chain['tickets'] {
  const each = new Map<string, Chain['tickets'][number]>();
  for (const link of links) {
    if (start.type === 'ticket' && !names.includes(link.plane_ticket_id)) continue;
    const known = each.get(link.plane_ticket_id);
    each.set(link.plane_ticket_id, {
      plane_ticket_id: link.plane_ticket_id,
      ticket_title: link.ticket_title ?? known?.ticket_title ?? null,
      ticket_url: link.ticket_url ?? known?.ticket_url ?? null,
      ticket_state: link.ticket_state,
      ticket_state_group: link.ticket_state_group,
      ticket_deleted_at: link.ticket_deleted_at,
      ticket_observed_at: link.ticket_observed_at,
      // Of several work items, the first: what came before that came before all of them.
      ticket_observed: known?.ticket_observed ?? link.ticket_observed,
    });
  }
  return [...each.values()];
}

/** A ticket that Plane has told of and no work is linked to. */
async function unlinked(db: ReadDatabase, name: string): Promise<Chain['tickets']> {
  const ticket = await observedTicket(db, name);
  return ticket === null ? [] : [{ ...ticket, ticket_observed: null }];
}

interface Told {
  readonly position: bigint | number;
  readonly place: number;
  readonly id: string;
}

/** In the order in which they were told. */
const asTold = (one: Told, other: Told): number =>
  Number(one.position) - Number(other.position) ||
  one.place - other.place ||
  (one.id < other.id ? -1 : 1);
