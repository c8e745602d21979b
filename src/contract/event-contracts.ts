import { z } from 'zod';
import {
  type OutboundEnvelope,
  outboundEnvelope,
  publishedPlace,
  toEnvelope,
} from '../bloodbank/envelope-out.ts';
import { catalogue, schemaVersion } from '../events/catalogue.ts';
import type { JsonObject, NewEvent } from '../events/event-store.ts';
import { toUuid } from '../events/ids.ts';
import { exampleOf } from './example.ts';
import { jsonSchemaOf } from './json-schema.ts';

/** What iMi promises about one published event. */
export interface EventContract {
  /** Event type and routing key. */
  readonly type: string;
  readonly version: number;
  /** Payload as it is recorded. */
  readonly payload: z.ZodObject;
  /** Message as it is published: the envelope, with the payload and its place in it. */
  readonly message: z.ZodObject;
}

/** One contract for each event type of the catalogue. */
export const eventContracts: readonly EventContract[] = Object.entries(catalogue).map(
  ([type, payload]) => ({
    type,
    version: schemaVersion,
    payload,
    message: outboundEnvelope.extend({
      event_type: z.literal(type),
      payload: payload.extend(publishedPlace),
    }),
  }),
);

/** An event of this type as it would be recorded; the same for the same schema. */
export function recordedExample({ type, version, payload }: EventContract): NewEvent {
  const commandId = toUuid('example command_id');
  return {
    id: toUuid(`example ${type}`),
    type,
    data: exampleOf(jsonSchemaOf(payload)) as JsonObject,
    metadata: {
      command_id: commandId,
      $correlationId: toUuid('example correlation_id'),
      $causationId: commandId,
      actor: 'agent-7',
      source: { host: 'build-1', type: 'agent', app: 'flume' },
      schema_version: version,
      occurred_at: '2026-01-21T14:30:22.000Z',
    },
  };
}

/** The message that such an event is published as. */
export function publishedExample(contract: EventContract): OutboundEnvelope {
  const place = { streamId: '', revision: 3, position: 4711n };
  return toEnvelope({ ...recordedExample(contract), ...place }, 4690n, 'imi-1');
}
