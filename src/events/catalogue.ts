import type { z } from 'zod';
import { commandFailedEvents } from './command-failed.ts';
import { componentEvents } from './component.ts';
import { deployEvents } from './deploy.ts';
import type { JsonObject, RecordedEvent } from './event-store.ts';
import { planeProjectEvents } from './plane-project.ts';
import { projectEvents } from './project.ts';
import { ticketEvents } from './ticket.ts';
import { untrackedEvents } from './untracked.ts';
import { workItemEvents } from './work-item.ts';

/** Prefix of every event type that is projected, published and shown in the history. */
export const publicPrefix = 'imi.';

const schemas = {
  ...projectEvents,
  ...workItemEvents,
  ...deployEvents,
  ...componentEvents,
  ...ticketEvents,
  ...planeProjectEvents,
  ...untrackedEvents,
  ...commandFailedEvents,
} as const;

export type EventType = keyof typeof schemas;

/** A recorded event whose payload was checked against its schema. */
export type ImiEvent = {
  [T in EventType]: Omit<RecordedEvent, 'type' | 'data'> & {
    readonly type: T;
    readonly data: z.infer<(typeof schemas)[T]>;
  };
}[EventType];

/** The event types iMi produces, each with the schema of its payload in the current version. */
export const catalogue: { readonly [T in EventType]: z.ZodObject } = schemas;

/** Version of the payload schema that new events are written with. */
export const schemaVersion = 1;

export const isEventType = (type: string): type is EventType => Object.hasOwn(schemas, type);

/**
 * Throws when an event is of no known type, or its payload does not fit: such a one must not be
 * written, since nobody could read it, and what is written stays.
 */
export function assertReadable(type: string, data: JsonObject): void {
  if (!isEventType(type)) throw new Error(`Unknown event type ${type}`);
  schemas[type].parse(data);
}

/**
 * Reads a recorded event with the schema of its type.
 * Throws when the type is unknown or the payload does not fit: the caller parks the stream.
 */
export function decodeEvent(recorded: RecordedEvent): ImiEvent {
  if (!isEventType(recorded.type)) throw new Error(`Unknown event type ${recorded.type}`);
  const data = schemas[recorded.type].parse(recorded.data);
  return { ...recorded, type: recorded.type, data } as ImiEvent;
}
