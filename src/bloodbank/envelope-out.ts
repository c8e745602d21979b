import { validate as isUuid } from 'uuid';
import { z } from 'zod';
import type { RecordedEvent } from '../events/event-store.ts';
import { toUuid } from '../events/ids.ts';

/** A place in `$all`, as a decimal string: positions outgrow what a JSON number holds exactly. */
const place = z.string().regex(/^(0|[1-9]\d*)$/);

/** What is added to the payload of a published event: a consumer proves with it that it missed nothing. */
export const publishedPlace = {
  position: place,
  /** Position of the event published before this one; null for the first ever. */
  previous_position: place.nullable(),
  stream_revision: z.int().min(0),
};

/** The envelope that every consumer of the ecosystem accepts (spec/bloodbank.md, "Envelope we send"). */
export const outboundEnvelope = z.object({
  event_id: z.uuid(),
  event_type: z.string().max(255),
  timestamp: z.iso.datetime(),
  version: z.literal('1.0.0'),
  source: z.object({
    host: z.string().min(1),
    type: z.literal('service'),
    trigger_type: z.literal('event'),
    app: z.literal('imi'),
    meta: z.object({}),
  }),
  producer: z.literal('service:imi'),
  correlation_ids: z.array(z.uuid()),
  correlation_id: z.uuid(),
  /** Left out when there is none: `null` is refused by some consumers. */
  causation_id: z.uuid().optional(),
  agent_context: z.null(),
  payload: z.looseObject(publishedPlace),
});

export type OutboundEnvelope = Readonly<z.infer<typeof outboundEnvelope>>;

/**
 * Wraps a recorded event for the bus. `previousPosition` is that of the event published before it,
 * null for the first ever: a consumer proves with it that it missed nothing.
 */
export function toEnvelope(
  event: RecordedEvent,
  previousPosition: bigint | null,
  hostname: string,
): OutboundEnvelope {
  const { $causationId: cause, $correlationId: root, occurred_at } = event.metadata;
  const parents = isUuid(cause) ? [cause] : [];
  return {
    event_id: event.id,
    event_type: event.type,
    timestamp: occurred_at,
    version: '1.0.0',
    source: { host: hostname, type: 'service', trigger_type: 'event', app: 'imi', meta: {} },
    producer: 'service:imi',
    correlation_ids: parents,
    correlation_id: toUuid(root),
    ...(parents.length > 0 && { causation_id: cause }),
    agent_context: null,
    payload: {
      ...event.data,
      position: String(event.position),
      previous_position: previousPosition === null ? null : String(previousPosition),
      stream_revision: event.revision,
    },
  };
}

/** Message properties of an envelope, in the client library's names. */
export function propertiesOf(envelope: OutboundEnvelope) {
  return {
    persistent: true,
    mandatory: true,
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    messageId: envelope.event_id,
    correlationId: envelope.correlation_id,
    type: envelope.event_type,
    appId: 'imi',
  };
}
