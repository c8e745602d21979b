import type { PrLinkResource } from '../../http/schemas/pr-link.ts';
import { prLinksShown } from '../../projections/shown-links.ts';
import { linkTables } from '../link-tables.ts';
import type { Reader } from '../read-database.ts';

/** The link of a pull request by its id. */
export async function findPrLink(db: Reader, id: string): Promise<PrLinkResource | null> {
  const row = await db
    .selectFrom(prLinksShown(linkTables(db)).$castTo<PrLinkResource>().as('pr'))
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row ?? null;
}
