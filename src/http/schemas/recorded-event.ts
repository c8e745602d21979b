import { z } from 'zod';
import type { RecordedEvent } from '../../events/event-store.ts';
import { uuid } from './fields.ts';

/** An event as auditors see it: all that was recorded. */
export const recordedEvent = z
  .object({
    event_id: uuid,
    type: z.string(),
    stream: z.string().describe('The history of its entity, `{entity}-{id}`'),
    revision: z.int().describe('Place in the history of the entity'),
    position: z.string().describe('Place in the history of everything'),
    occurred_at: z.string(),
    data: z.record(z.string(), z.unknown()),
    metadata: z.record(z.string(), z.unknown()).describe('Who asked, by which command, and why'),
  })
  .meta({ id: 'RecordedEvent', description: 'Something that happened' });

export type RecordedEventResource = z.infer<typeof recordedEvent>;

/** A recorded event in the form that is shown. */
export const shownEvent = (event: RecordedEvent): RecordedEventResource => ({
  event_id: event.id,
  type: event.type,
  stream: event.streamId,
  revision: event.revision,
  position: event.position.toString(),
  occurred_at: event.metadata.occurred_at,
  data: event.data,
  metadata: { ...event.metadata },
});
