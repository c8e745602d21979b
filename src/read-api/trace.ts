import type { TicketLinkResource } from '../http/schemas/ticket-link.ts';
import type { TraceResource } from '../http/schemas/trace.ts';
import { deploysOfWork, findDeploy } from './queries/deploys.ts';
import { prsOf, ticketsOf } from './queries/links-of-work.ts';
import { observedTicket } from './queries/observed-tickets.ts';
import { readTrace, type TraceRows } from './queries/trace.ts';
import { workItemsOf } from './queries/work-items.ts';
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
  const rows = await readTrace(db, start);
  const deploys = await deploysOf(db, start, rows);
  const tickets = ticketsAmong(ticketsOf(rows.work_items), start, rows.names);
  const prs = prsOf(rows.work_items).filter(
    (pr) => start.type !== 'pr' || rows.prs.includes(pr.id),
  );
  const named = start.type === 'pr' ? prs : rows.work_items;
  const projects = new Set(named.map(({ project_id }) => project_id));
  const mayBeMany = start.type === 'pr' || (start.type === 'branch' && start.project === null);
  return {
    ...(mayBeMany && { ambiguous: projects.size > 1 }),
    chain: {
      tickets:
        start.type === 'ticket' && tickets.length === 0 ? await unlinked(db, start.name) : tickets,
      work_items: workItemsOf(rows.work_items, terms),
      commits: commitsOf(rows),
      prs,
      deploys,
    },
  };
}

/** The deploy that was asked for, or all that ship the work items. */
async function deploysOf(
  db: ReadDatabase,
  start: TracedEntity,
  { may_be_deployed, work_items }: TraceRows,
): Promise<Chain['deploys']> {
  if (start.type === 'deploy') {
    const deploy = await findDeploy(db, start.deploy_id);
    return deploy === null ? [] : [deploy];
  }
  if (!may_be_deployed) return [];
  return deploysOfWork(
    db,
    work_items.map(({ id }) => id),
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

/** Each commit of a work item once, also when it was told by a short hash and by a longer one. */
function commitsOf({ commits, work_items }: TraceRows): Chain['commits'] {
  const keys = commits.map((commit) => `${commit.work_item_id} ${commit.hash}`).sort();
  // In this order a short hash stands right before the longer ones that begin with it.
  const cut = new Set(keys.filter((key, index) => keys[index + 1]?.startsWith(key)));
  const branches = new Map(work_items.map(({ id, branch_name }) => [id, branch_name]));
  return commits.flatMap((commit) => {
    const branch_name = branches.get(commit.work_item_id);
    const isCut = cut.has(`${commit.work_item_id} ${commit.hash}`);
    return isCut || branch_name === undefined ? [] : [{ ...commit, branch_name }];
  });
}
