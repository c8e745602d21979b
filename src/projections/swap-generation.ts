import { type Kysely, sql } from 'kysely';
import { lockCheckpoint, projectorName } from './checkpoint.ts';
import type { Tables } from './database.ts';
import { diffGenerations, type RowDifference } from './diff-generations.ts';
import { dropGeneration, tableOf } from './generation.ts';
import { lastPublicEvent } from './last-public-event.ts';
import { buildPostponedIndexes } from './postponed-indexes.ts';
import { fillPostponedRows } from './postponed-rows.ts';
import { catchUp, type RebuildOptions } from './rebuild.ts';
import { controlSchema } from './tables.ts';

/**
 * Brings a rebuilt generation level with the live one and compares them, while the live projector
 * is held still (readers are not). Answers the rows that differ: none, unless the code of the
 * projections has changed since the live rows were written, or one of the two is wrong.
 */
export async function verifyGeneration(options: RebuildOptions): Promise<readonly RowDifference[]> {
  return holdingLive(options, (trx) =>
    diffGenerations({ db: trx, schema: options.schema }, options.into),
  );
}

/**
 * Puts a rebuilt generation in the place of the live one, in one transaction: brings it to the end
 * of the log, gives it its indexes, brings it level with the live one while the live projector is
 * held still, then renames both schemas. A statement sees the old rows or the new ones, never a
 * mixture, nor anything earlier than what they have seen. The old generation stays in
 * `<schema>_retired` until the next swap. The projector finds its checkpoint moved, ends, and goes on
 * with the new generation.
 */
export async function swapGeneration(options: RebuildOptions): Promise<void> {
  const { schema, into, store } = options;
  const retired = `${schema}_retired`;
  // Beyond the live one, if that stands far back or has nothing at all: an emptied database.
  const last = await lastPublicEvent(store);
  if (last !== null) await catchUp(options, last);
  await fillPostponedRows({ db: options.db, schema: into });
  await buildPostponedIndexes({ db: options.db, schema: into });
  await holdingLive(options, async (trx, position) => {
    // A projector that waits for the lock we hold has already looked up the old table. It must not
    // find the expected position there: it would then write its rows into the new generation.
    await sql`
      UPDATE ${tableOf(schema, 'checkpoint')} SET name = 'retired' WHERE name = ${projectorName}
    `.execute(trx);
    // Level in events; the live one may have searched further, and readers know its position.
    await sql`
      UPDATE ${tableOf(into, 'checkpoint')} SET position = GREATEST(position, ${position}::bigint)
      WHERE name = ${projectorName}`.execute(trx);
    await dropGeneration({ db: trx, schema: retired });
    await sql`ALTER SCHEMA ${sql.id(schema)} RENAME TO ${sql.id(retired)}`.execute(trx);
    await sql`ALTER SCHEMA ${sql.id(into)} RENAME TO ${sql.id(schema)}`.execute(trx);
    await recordSwap(trx, schema, retired, position);
  });
}

/** Runs `work` with the rebuilt generation at the very event of the live one, which stands still. */
async function holdingLive<T>(
  options: RebuildOptions,
  work: (trx: Kysely<Tables>, position: bigint | null) => Promise<T>,
): Promise<T> {
  const { db, schema } = options;
  // Most of the way without holding anybody up.
  const { event_position: target } = await db
    .withSchema(schema)
    .selectFrom('checkpoint')
    .select('event_position')
    .where('name', '=', projectorName)
    .executeTakeFirstOrThrow();
  if (target !== null) await catchUp(options, target);
  await fillPostponedRows({ db, schema: options.into });
  return db.transaction().execute(async (trx) => {
    // Comparing large tables takes longer than a request may.
    await sql`SET LOCAL statement_timeout = 0`.execute(trx);
    await sql`SET LOCAL idle_in_transaction_session_timeout = 0`.execute(trx);
    const { position, event_position } = await lockCheckpoint(trx, schema);
    if (event_position !== null) await catchUp(options, event_position);
    return work(trx, position);
  });
}

async function recordSwap(
  trx: Kysely<Tables>,
  schema: string,
  retired: string,
  position: bigint | null,
): Promise<void> {
  const control = trx.withSchema(controlSchema);
  await control
    .updateTable('generations')
    .set({ state: 'retired', schema_name: retired, updated_at: sql`now()` })
    .where('schema_name', '=', schema)
    .where('state', '=', 'live')
    .execute();
  await control
    .insertInto('generations')
    .values({ schema_name: schema, state: 'live', position })
    .execute();
}
