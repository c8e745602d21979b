import { type Kysely, sql } from 'kysely';
import { runCompiled } from './compiled.ts';
import type { Tables } from './database.ts';
import { type Generation, tableOf } from './generation.ts';
import { begun } from './transaction.ts';

/** Name of the checkpoint row that every generation has. */
export const projectorName = 'projector';

/** Channel on which each commit tells its position: a hint for `waiter.ts`, never the truth. */
export const positionChannel = (schema: string): string => `${schema}_position`;

/** The checkpoint is not where this projector left it: another one leads, or the generation was replaced. */
export class CheckpointMovedError extends Error {
  override readonly name = 'CheckpointMovedError';
  constructor(schema: string) {
    super(`Another projector has moved the checkpoint of ${schema}`);
  }
}

export interface Checkpoint {
  /** How far `$all` was searched; null before the beginning. */
  readonly position: bigint | null;
  /** The last event in what was searched. */
  readonly event_position: bigint | null;
}

/** Reads how far a generation has come. Throws when there is none in that schema. */
export async function readCheckpoint({ db, schema }: Generation): Promise<Checkpoint> {
  return db
    .withSchema(schema)
    .selectFrom('checkpoint')
    .select(['position', 'event_position'])
    .where('name', '=', projectorName)
    .executeTakeFirstOrThrow();
}

/**
 * Compare-and-set, to be the first statement of the transaction (`inTransaction`) that folds what lies
 * between.
 * The row lock it takes makes a second projector wait here until the first has committed, then
 * find that the position is not the expected one, and leave without having read any row. So does
 * one whose BEGIN has failed: sent behind it, this would else be a transaction of its own, and what
 * lies between be skipped.
 * Throws `CheckpointMovedError`.
 */
export async function moveCheckpoint(
  trx: Kysely<Tables>,
  schema: string,
  from: bigint | null,
  to: Checkpoint,
): Promise<void> {
  const build = () => sql`
    WITH moved AS (
      UPDATE ${tableOf(schema, 'checkpoint')}
      SET position = ${null}, event_position = COALESCE(${null}::bigint, event_position),
        updated_at = now()
      WHERE name = ${null} AND position IS NOT DISTINCT FROM ${null}::bigint
        AND ${begun}
      RETURNING position
    )
    SELECT pg_notify(${null}, position::text) FROM moved`;
  const { position, event_position } = to;
  const parameters = [position, event_position, projectorName, from, positionChannel(schema)];
  const rows = await runCompiled(trx, `checkpoint ${schema}`, build, parameters);
  if (rows.length === 0) throw new CheckpointMovedError(schema);
}

/**
 * Holds the checkpoint still, and with it every projector of the generation, until the transaction
 * ends.
 */
export async function lockCheckpoint(trx: Kysely<Tables>, schema: string): Promise<Checkpoint> {
  return trx
    .withSchema(schema)
    .selectFrom('checkpoint')
    .select(['position', 'event_position'])
    .where('name', '=', projectorName)
    .forUpdate()
    .executeTakeFirstOrThrow();
}
