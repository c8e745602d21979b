import type { TicketLinkResource } from '../../http/schemas/ticket-link.ts';
import { ticketLinksShown } from '../../projections/shown-links.ts';
import { linkTables } from '../link-tables.ts';
import type { Reader } from '../read-database.ts';
import { namesOfTicket } from './observed-tickets.ts';
import type { Paging } from './projects.ts';

const linksIn = (from: Reader) =>
  from
    .selectFrom(ticketLinksShown(linkTables(from)).$castTo<TicketLinkResource>().as('link'))
    .selectAll();

/** A ticket link by its id. */
export const findTicketLink = async (db: Reader, id: string): Promise<TicketLinkResource | null> =>
  (await linksIn(db).where('id', '=', id).executeTakeFirst()) ?? null;

/** One page of the links of a ticket, under whichever of its names, oldest first. */
export async function linksOfTicket(
  db: Reader,
  ticketId: string,
  { offset, limit }: Paging,
): Promise<{ readonly items: TicketLinkResource[]; readonly total: number }> {
  const names = await namesOfTicket(db, ticketId);
  const [items, { n }] = await Promise.all([
    linksIn(db)
      .where('plane_ticket_id', 'in', [...names])
      .orderBy('created_at')
      .orderBy('id')
      .offset(offset)
      .limit(limit)
      .execute(),
    db
      .selectFrom('ticket_links')
      .where('plane_ticket_id', 'in', [...names])
      .select((eb) => eb.fn.countAll<bigint>().as('n'))
      .executeTakeFirstOrThrow(),
  ]);
  return { items, total: Number(n) };
}
