import { type RawBuilder, sql } from 'kysely';
import type { TraceResource } from '../../http/schemas/trace.ts';
import { issueNamed, ticketShown } from '../../projections/shown-links.ts';
import { linkTables } from '../link-tables.ts';
import { prepared } from '../prepared.ts';
import { isNow, type Reader } from '../read-database.ts';

type ObservedTicket = Omit<TraceResource['chain']['tickets'][number], 'ticket_observed'>;

const ticketCalled = prepared('observed ticket', (from, name: string) =>
  from
    .selectFrom(
      ticketShown(linkTables(from), sql`${name}::text`).$castTo<ObservedTicket>().as('ticket'),
    )
    .select([
      'plane_ticket_id',
      'ticket_title',
      'ticket_url',
      'ticket_state',
      'ticket_state_group',
      'ticket_deleted_at',
      'ticket_observed_at',
    ]),
);

/** What Plane has told of a ticket, by its key or Plane's own id; null, when nothing. */
export async function observedTicket(db: Reader, name: string): Promise<ObservedTicket | null> {
  const [ticket] = await ticketCalled(db, name);
  return ticket ?? null;
}

const namesAsked = prepared('names of a ticket', (from, name: string) =>
  from
    .with('names', () => namesOf(from, name))
    .selectFrom('names')
    .select('name'),
);

/** Every name that links may call a ticket by, the one asked for among them. */
export const namesOfTicket = async (db: Reader, name: string): Promise<readonly string[]> =>
  (await namesAsked(db, name)).map((row) => row.name);

/**
 * The same as a query, some names more than once: the ticket is what has this name now, or the issue
 * that it is the id of.
 */
export function namesOf(from: Reader, name: string) {
  const called = isNow(from)
    ? sql`SELECT * FROM ${linkTables(from).tickets}`
    : ticketsThen(from, sql`${name}::text`);
  return sql<{ name: string }>`(
    WITH called AS NOT MATERIALIZED (${called}), issue (id) AS (
      SELECT plane_issue_id FROM called WHERE id = ${name}
      UNION ALL
      SELECT plane_issue_id FROM called WHERE plane_issue_id::text = ${name}
      LIMIT 1
    )
    SELECT ${name}::text AS name
    UNION ALL SELECT id FROM called WHERE plane_issue_id = (SELECT id FROM issue)
    UNION ALL SELECT id::text FROM issue WHERE id IS NOT NULL
  )`;
}

/**
 * The tickets of a name and of its issue. As of a moment they hide behind what they were then, and only
 * ids lead to them: what may be of an issue is looked up among all that ever were.
 */
function ticketsThen(from: Reader, name: RawBuilder<unknown>) {
  const { tickets, ticket_versions } = linkTables(from);
  return sql`
    SELECT * FROM ${tickets} AS ticket WHERE id IN (
      SELECT ${name}
      UNION
      SELECT other.id FROM ${ticket_versions} AS own
      JOIN ${ticket_versions} AS other ON other.plane_issue_id = own.plane_issue_id
      WHERE own.id = ${name}
      UNION
      SELECT id FROM ${ticket_versions} WHERE plane_issue_id = ${issueNamed(name)}
    )`;
}
