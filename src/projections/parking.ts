import { type CompiledQuery, sql } from 'kysely';
import type { RecordedEvent } from '../events/event-store.ts';
import { redactText } from '../redact.ts';
import { arrayLiteral } from './array-literal.ts';
import { runCompiled } from './compiled.ts';
import { type Generation, tableOf } from './generation.ts';

/** An event set aside: one that could not be folded, or that comes after one in its stream. */
export interface ParkedEvent {
  readonly recorded: RecordedEvent;
  readonly error: string;
}

export const queuedBehind = 'Queued behind an earlier event of its stream';

/** Why an event was parked, fit to be shown: short, without anything that looks like a credential. */
export function parkReason(error: Error): string {
  return redactText(error.message).replaceAll('\0', '').slice(0, 1000);
}

/** Which of these streams are parked in this generation. */
export async function parkedAmong(
  { db, schema }: Generation,
  streamIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const build = () => sql<{ stream_id: string }>`
    SELECT DISTINCT stream_id FROM ${tableOf(schema, 'parked_events')}
    WHERE stream_id = ANY(${null}::text[])`;
  const rows = await runCompiled(db, `parked ${schema}`, build, [arrayLiteral(streamIds)]);
  return new Set(rows.map((row) => row.stream_id));
}

/** The statements that set events aside by reference; replaying reads them again from the event store. */
export function parkings(
  { db, schema }: Generation,
  events: readonly ParkedEvent[],
): readonly CompiledQuery[] {
  if (events.length === 0) return [];
  const rows = events.map(({ recorded, error }) => ({
    stream_id: recorded.streamId,
    revision: recorded.revision,
    position: recorded.position,
    event_type: recorded.type,
    error,
  }));
  return [
    db
      .withSchema(schema)
      .insertInto('parked_events')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(['stream_id', 'revision'])
          .doUpdateSet((row) => ({ error: row.ref('excluded.error') })),
      )
      .compile(),
  ];
}
