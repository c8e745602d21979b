import { validate as isUuid } from 'uuid';
import { z } from 'zod';
import type { JsonObject, RecordedEvent } from '../events/event-store.ts';
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

const envelopeFields = {
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
};

/** The envelope that every consumer of the ecosystem accepts (spec/bloodbank.md, "Envelope we send"). */
export const outboundEnvelope = z.object({
  ...envelopeFields,
  payload: z.looseObject(publishedPlace),
});

/** The same around an answer to a command: no event of the history, and so without a place in it. */
export const answerEnvelope = z.object({
  ...envelopeFields,
  payload: z.record(z.string(), z.unknown()),
});

export type OutboundEnvelope = Readonly<z.infer<typeof outboundEnvelope>>;
export type AnswerEnvelope = Readonly<z.infer<typeof answerEnvelope>>;

/** A message as it is to be wrapped, under our own names. */
interface Wrapped<P extends JsonObject> {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly correlationId: string;
  /** Left out of the envelope when it is no UUID. */
  readonly causationId: string;
  readonly payload: P;
}

/**
 * Wraps a recorded event for the bus. `previousPosition` is that of the event published before it,
 * null for the first ever: a consumer proves with it that it missed nothing.
 */
export function toEnvelope(
  event: RecordedEvent,
  previousPosition: bigint | null,
  hostname: string,
): OutboundEnvelope {
  const { $causationId, $correlationId, occurred_at } = event.metadata;
  return wrap(
    {
      id: event.id,
      type: event.type,
      timestamp: occurred_at,
      correlationId: $correlationId,
      causationId: $causationId,
      payload: {
        ...event.data,
        position: String(event.position),
        previous_position: previousPosition === null ? null : String(previousPosition),
        stream_revision: event.revision,
      },
    },
    hostname,
  );
}

/** Wraps an answer to a command for the bus. */
export const toAnswer = (answer: Wrapped<JsonObject>, hostname: string): AnswerEnvelope =>
  wrap(answer, hostname);

function wrap<P extends JsonObject>(
  { id, type, timestamp, correlationId, causationId, payload }: Wrapped<P>,
  hostname: string,
) {
  const parents = isUuid(causationId) ? [causationId] : [];
  return {
    event_id: id,
    event_type: type,
    timestamp,
    version: '1.0.0' as const,
    source: {
      host: hostname,
      type: 'service' as const,
      trigger_type: 'event' as const,
      app: 'imi' as const,
      meta: {},
    },
    producer: 'service:imi' as const,
    correlation_ids: parents,
    correlation_id: toUuid(correlationId),
    ...(parents.length > 0 && { causation_id: causationId }),
    agent_context: null,
    payload,
  };
}

/** Message properties of an envelope, in the client library's names. */
export function propertiesOf(envelope: AnswerEnvelope) {
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
