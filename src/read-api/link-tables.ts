import { sql } from 'kysely';
import { type LinkTables, linkTablesOf } from '../projections/shown-links.ts';
import { liveSchema } from '../projections/tables.ts';
import { isNow, type Reader } from './read-database.ts';

const now = linkTablesOf(liveSchema);

/** As of a moment tables hide behind what they were; of work items nothing is read that changes. */
export const linkTablesThen: LinkTables = {
  ...now,
  ticket_links: sql.table('ticket_links'),
  tickets: sql.table('tickets'),
  pr_links: sql.table('pr_links'),
};

/** Where a reader finds links, for raw SQL. */
export const linkTables = (from: Reader): LinkTables => (isNow(from) ? now : linkTablesThen);
