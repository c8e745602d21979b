import { type ExpressionBuilder, type Selectable, sql } from 'kysely';
import type { PrLinkResource } from '../../http/schemas/pr-link.ts';
import type { TicketLinkResource } from '../../http/schemas/ticket-link.ts';
import type {
  PrLinksTable,
  ReadModels,
  TicketsTable,
  WorkItemsTable,
} from '../../projections/tables.ts';
import { isNow, type Reader } from '../read-database.ts';
import { withTimes } from './json-rows.ts';
import { isIssueId, type ObservedTicket, observedTickets } from './observed-tickets.ts';
import { prLinkOf } from './pr-links.ts';
import { type LinkRow, linksWith, type TicketLinkRow } from './ticket-links.ts';

/** A work item and all it is linked to, each kind in no order; null is none. */
export interface LinkedRow extends Selectable<WorkItemsTable> {
  readonly links: readonly NamedTicket[] | null;
  readonly prs: readonly Selectable<PrLinksTable>[] | null;
}

/** A link, the ticket of that very name, and whether the ticket may have other rows too. */
type NamedTicket = readonly [
  link: TicketLinkRow,
  ticket: Selectable<TicketsTable> | null,
  mayBeMore: boolean,
];

export interface WorkLinks {
  readonly tickets: readonly TicketLinkResource[];
  readonly prs: readonly PrLinkResource[];
}

type Selecting = Pick<ExpressionBuilder<ReadModels, never>, 'selectFrom' | 'exists'>;

/** The columns that make a row of work items, `w` in the query, a `LinkedRow`. */
export const linked = (from: Reader, eb: Selecting) =>
  [
    eb
      .selectFrom('ticket_links as l')
      .leftJoin('tickets as t', 't.id', 'l.plane_ticket_id')
      .where(sql<boolean>`l.work_item_id = w.id`)
      .select(
        sql<LinkedRow['links']>`json_agg(json_build_array(l, t, ${mayBeMore(from, eb)}))`.as('of'),
      )
      .as('links'),
    eb
      .selectFrom('pr_links as p')
      .where(sql<boolean>`p.work_item_id = w.id`)
      .select(sql<LinkedRow['prs']>`json_agg(p)`.as('of'))
      .as('prs'),
  ] as const;

/** As of a moment only ids lead to rows, so whether there are more is found out by looking. */
const mayBeMore = (from: Reader, eb: Selecting) =>
  isNow(from)
    ? eb.exists(
        eb
          .selectFrom('tickets as other')
          .select('other.id')
          .where(sql<boolean>`other.plane_issue_id = t.plane_issue_id AND other.id <> t.id`),
      )
    : sql`true`;

/**
 * What rows are linked to as the API shows it, oldest first. The tickets of which there may be more
 * are looked for.
 */
export async function linksOf(db: Reader, rows: readonly LinkedRow[]): Promise<WorkLinks> {
  const links: LinkRow[] = [];
  const tickets = new Map<string, ObservedTicket>();
  const unsure: string[] = [];
  for (const row of rows) {
    for (const [link, ticket, mayBeMore] of row.links ?? []) {
      const { plane_ticket_id: name } = link;
      links.push(Object.assign(link, { work_started_at: row.created_at }));
      if (ticket === null ? isIssueId(name) : mayBeMore) unsure.push(name);
      else if (ticket) {
        tickets.set(name, Object.assign(ticket, { first_observed_at: ticket.created_at }));
      }
    }
  }
  withTimes([...tickets.values()]);
  if (unsure.length > 0) {
    for (const [name, ticket] of await observedTickets(db, unsure)) tickets.set(name, ticket);
  }
  const prs = rows.flatMap((row) => row.prs ?? []);
  return {
    tickets: linksWith(withTimes(links).toSorted(byAge), tickets),
    prs: withTimes(prs).toSorted(byAge).map(prLinkOf),
  };
}

interface Aged {
  readonly id: string;
  readonly created_at: string;
}

const byAge = (one: Aged, other: Aged): number =>
  one.created_at === other.created_at
    ? compared(one.id, other.id)
    : compared(one.created_at, other.created_at);

const compared = (one: string, other: string): number => (one < other ? -1 : Number(one > other));
