import { type Selectable, sql } from 'kysely';
import type { PrLinkResource } from '../../http/schemas/pr-link.ts';
import type { PrLinksTable } from '../../projections/tables.ts';
import { prepared } from '../prepared.ts';
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
  return (await prsOf(db, workItemIds)).map(prLinkOf);
}

const prsOf = prepared('pull requests of work', (from, workItemIds: readonly string[]) =>
  prRows(from).where(sql<boolean>`work_item_id = ANY(${workItemIds}::uuid[])`),
);

/** Pull requests, oldest first. */
export const prRows = (from: Reader) =>
  from.selectFrom('pr_links').selectAll('pr_links').orderBy('created_at').orderBy('id');

/** A row as the API shows it. */
export const prLinkOf = ({
  position: _position,
  ...row
}: Selectable<PrLinksTable>): PrLinkResource => ({ ...row, link_id: row.id, pr_link_id: row.id });
