import type { Selectable } from 'kysely';
import type { TicketLinkResource } from '../../http/schemas/ticket-link.ts';
import type { TicketLinksTable } from '../../projections/tables.ts';
import type { ReadDatabase } from '../read-database.ts';
import type { Paging } from './projects.ts';

/** A ticket link by its id. */
export async function findTicketLink(
  db: ReadDatabase,
  id: string,
): Promise<TicketLinkResource | null> {
  const row = await db
    .selectFrom('ticket_links')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row ? resourceOf(row) : null;
}

/** The ticket links of work items, oldest first. */
export async function linksOfWorkItems(
  db: ReadDatabase,
  workItemIds: readonly string[],
): Promise<TicketLinkResource[]> {
  if (workItemIds.length === 0) return [];
  const rows = await db
    .selectFrom('ticket_links')
    .selectAll()
    .where('work_item_id', 'in', workItemIds)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(resourceOf);
}

/** One page of the links of a ticket, oldest first. */
export async function linksOfTicket(
  db: ReadDatabase,
  ticketId: string,
  { offset, limit }: Paging,
): Promise<{ readonly items: TicketLinkResource[]; readonly total: number }> {
  const links = db.selectFrom('ticket_links').where('plane_ticket_id', '=', ticketId);
  const [rows, { n }] = await Promise.all([
    links.selectAll().orderBy('created_at').orderBy('id').offset(offset).limit(limit).execute(),
    links.select((eb) => eb.fn.countAll<bigint>().as('n')).executeTakeFirstOrThrow(),
  ]);
  return { items: rows.map(resourceOf), total: Number(n) };
}

const resourceOf = (row: Selectable<TicketLinksTable>): TicketLinkResource => ({
  id: row.id,
  link_id: row.id,
  work_item_id: row.work_item_id,
  plane_ticket_id: row.plane_ticket_id,
  ticket_title: row.ticket_title,
  ticket_url: row.ticket_url,
  metadata: row.metadata,
  created_at: row.created_at,
});
