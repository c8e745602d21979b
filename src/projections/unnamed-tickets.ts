import { sql } from 'kysely';
import type { Ticket } from '../events/ticket.ts';
import { type Generation, tableOf } from './generation.ts';
import type { PositionWaiter } from './waiter.ts';

/**
 * Tickets of a Plane project that go by Plane's own id and have no key yet, once the read models
 * have come to the position. Throws when they do not come that far in time, or the database is away.
 */
export async function unnamedTicketsOf(
  { db, schema }: Generation,
  waiter: PositionWaiter,
  planeProjectId: string,
  position: bigint,
): Promise<readonly Ticket[]> {
  await waiter.comeTo(position);
  const tickets = tableOf(schema, 'tickets');
  const { rows } = await sql<Ticket>`
    SELECT * FROM ${tickets} AS unnamed
    WHERE plane_project_id = ${planeProjectId} AND id = plane_issue_id::text
      AND NOT EXISTS (
        SELECT FROM ${tickets} AS named
        WHERE named.plane_issue_id = unnamed.plane_issue_id AND named.id <> unnamed.id
      )
    ORDER BY sequence_id, id`.execute(db);
  return rows;
}
