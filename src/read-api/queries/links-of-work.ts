import type { Selectable } from 'kysely';
import type { PrLinkResource } from '../../http/schemas/pr-link.ts';
import type { TicketLinkResource } from '../../http/schemas/ticket-link.ts';
import type { WorkItemsTable } from '../../projections/tables.ts';
import { prepared } from '../prepared.ts';
import type { Reader } from '../read-database.ts';

/** What a work item is linked to, each kind oldest first; null is none. */
export interface WorkLinks {
  readonly tickets: TicketLinkResource[] | null;
  readonly open_prs: PrLinkResource[] | null;
  /** Merged or closed. */
  readonly ended_prs: PrLinkResource[] | null;
}

/** A work item, and its links. */
export interface LinkedRow extends Selectable<WorkItemsTable>, WorkLinks {}

/** The links of work, `l` in the query, as columns. */
export const linkColumns = ['l.tickets', 'l.open_prs', 'l.ended_prs'] as const;

const linksById = prepared('links of a work item', (from, id: string) =>
  from.selectFrom('work_item_links as l').select(linkColumns).where('l.work_item_id', '=', id),
);

/** The tickets and pull requests that a work item is linked to, oldest first. */
export async function linksOfWorkItem(
  db: Reader,
  id: string,
): Promise<{ readonly tickets: TicketLinkResource[]; readonly prs: PrLinkResource[] }> {
  const rows = (await linksById(db, id)) as unknown as readonly WorkLinks[];
  return { tickets: ticketsOf(rows), prs: prsOf(rows) };
}

/** The tickets of some work, oldest first. */
export const ticketsOf = (rows: readonly WorkLinks[]): TicketLinkResource[] =>
  rows.flatMap(({ tickets }) => tickets ?? []).sort(byAge);

/** The pull requests of some work, oldest first. */
export const prsOf = (rows: readonly WorkLinks[]): PrLinkResource[] =>
  rows
    .flatMap(({ open_prs, ended_prs }) => [...(open_prs ?? []), ...(ended_prs ?? [])])
    .sort(byAge);

interface Aged {
  readonly id: string;
  readonly created_at: string;
}

const byAge = (one: Aged, other: Aged): number =>
  one.created_at === other.created_at
    ? compared(one.id, other.id)
    : compared(one.created_at, other.created_at);

const compared = (one: string, other: string): number => (one < other ? -1 : Number(one > other));
