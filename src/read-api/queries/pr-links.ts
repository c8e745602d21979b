import type { Selectable } from 'kysely';
import type { PrLinkResource } from '../../http/schemas/pr-link.ts';
import type { PrLinksTable } from '../../projections/tables.ts';
import type { Reader } from '../read-database.ts';

/** The link of a pull request by its id. */
export async function findPrLink(db: Reader, id: string): Promise<PrLinkResource | null> {
  const row = await db.selectFrom('pr_links').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? prLinkOf(row) : null;
}

/** The pull requests of work items, oldest first. */
export async function prsOfWorkItems(
  db: Reader,
  workItemIds: readonly string[],
): Promise<PrLinkResource[]> {
  if (workItemIds.length === 0) return [];
  const rows = await db
    .selectFrom('pr_links')
    .selectAll()
    .where('work_item_id', 'in', workItemIds)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(prLinkOf);
}

/** A row as the API shows it. */
export const prLinkOf = ({
  position: _position,
  ...row
}: Selectable<PrLinksTable>): PrLinkResource => ({ ...row, link_id: row.id, pr_link_id: row.id });
