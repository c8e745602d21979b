import { validate as isUuid } from 'uuid';
import type { RecordedEvent } from '../events/event-store.ts';
import { toUuid } from '../events/ids.ts';

/** The envelope that every consumer of the ecosystem accepts (spec/bloodbank.md, "Envelope we send"). */
export interface OutboundEnvelope {
  readonly event_id: string;
  readonly event_type: string;
  readonly timestamp: string;
  readonly version: '1.0.0';
  readonly source: {
    readonly host: string;
    readonly type: 'service';
    readonly trigger_type: 'event';
    readonly app: 'imi';
    readonly meta: Record<string, never>;
  };
  readonly producer: 'service:imi';
  readonly correlation_ids: readonly string[];
  readonly correlation_id: string;
  /** Left out when there is none: `null` is refused by some consumers. */
  readonly causation_id?: string;
  readonly agent_context: null;
  readonly payload: { readonly [key: string]: unknown };
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
      // Decimal strings: positions outgrow what a JSON number holds exactly.
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
