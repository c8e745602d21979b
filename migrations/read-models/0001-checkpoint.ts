import { type Kysely, sql } from 'kysely';

/**
 * `position` is how far `$all` was searched; `event_position` is the last event among that, the
 * one place every generation passes, whatever checkpoints its subscription was sent.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE checkpoint (
      name text PRIMARY KEY,
      position bigint,
      event_position bigint,
      updated_at timestamptz(3) NOT NULL DEFAULT now()
    ) WITH (fillfactor = 10)`.execute(db);
  await sql`INSERT INTO checkpoint (name) VALUES ('projector')`.execute(db);
  await sql`
    CREATE TABLE parked_events (
      stream_id text NOT NULL,
      revision integer NOT NULL,
      position bigint NOT NULL,
      event_type text NOT NULL,
      error text NOT NULL,
      parked_at timestamptz(3) NOT NULL DEFAULT now(),
      PRIMARY KEY (stream_id, revision)
    )`.execute(db);
}
