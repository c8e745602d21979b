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
import { linksWith, type TicketLinkRow } from './ticket-links.ts';

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

/** What rows are linked to as the API shows it, oldest first. */
export async function linksOf(db: Reader, rows: readonly LinkedRow[]): Promise<WorkLinks> {
  const named = rows.flatMap(({ links, created_at }) =>
    (links ?? []).map(([link, ticket, more]) => ({
      ...{ link: { ...link, work_started_at: created_at }, ticket, more },
    })),
  );
  const links = withTimes(named.map(({ link }) => link)).toSorted(byAge);
  const prs = withTimes(rows.flatMap((row) => row.prs ?? [])).toSorted(byAge);
  withTimes(named.flatMap(({ ticket }) => ticket ?? []));
  return { tickets: linksWith(links, await ticketsOf(db, named)), prs: prs.map(prLinkOf) };
}

/** The tickets of links by their names; those of which there may be more are looked for. */
async function ticketsOf(
  db: Reader,
  named: readonly {
    readonly link: TicketLinkRow;
    readonly ticket: Selectable<TicketsTable> | null;
    readonly more: boolean;
  }[],
): Promise<ReadonlyMap<string, ObservedTicket>> {
  const tickets = new Map<string, ObservedTicket>();
  const unsure: string[] = [];
  for (const { link, ticket, more } of named) {
    const name = link.plane_ticket_id;
    if (ticket === null ? isIssueId(name) : more) unsure.push(name);
    else if (ticket !== null)
      tickets.set(name, { ...ticket, first_observed_at: ticket.created_at });
  }
  if (unsure.length === 0) return tickets;
  return new Map([...tickets, ...(await observedTickets(db, unsure))]);
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
