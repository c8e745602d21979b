import { type Kysely, sql } from 'kysely';

/**
 * What a work item is linked to, as the API shows it: made once when a link changes instead of for
 * every answer, which took more than the rows of the work themselves. Only work that has links has a
 * row; what it has none of is null.
 *
 * Nothing but the code that projects knows how a link is shown, so where there are links already a
 * note asks it to make theirs.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE work_item_links (
      work_item_id uuid PRIMARY KEY,
      tickets json,
      open_prs json,
      ended_prs json
    )`.execute(db);
  const { rows } = await sql`
    (SELECT FROM ticket_links LIMIT 1) UNION ALL (SELECT FROM pr_links LIMIT 1)`.execute(db);
  if (rows.length > 0) await sql`CREATE TABLE unmade_links ()`.execute(db);
}
