import { sql } from 'kysely';
import { type Generation, tableOf } from './generation.ts';

/** A stream that was set aside, and why. */
export interface ParkedStream {
  readonly stream_id: string;
  /** Events parked: the one at fault and those queued behind it. */
  readonly events: number;
  /** When the first of them was set aside. */
  readonly since: string;
  /** Why the first of them could not be projected. */
  readonly error: string;
}

/** The parked streams of a generation, the longest parked first. */
export async function parkedStreams({ db, schema }: Generation): Promise<readonly ParkedStream[]> {
  const { rows } = await sql<ParkedStream>`
    SELECT stream_id, count(*)::int AS events, min(parked_at) AS since,
      (array_agg(error ORDER BY revision))[1] AS error
    FROM ${tableOf(schema, 'parked_events')}
    GROUP BY stream_id ORDER BY min(position)`.execute(db);
  return rows;
}
