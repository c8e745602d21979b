import { SpanKind } from '@opentelemetry/api';
import type { Publication } from '../bloodbank/publisher.ts';
import type { RecordedEvent } from '../events/event-store.ts';
import { contextOf, traceparentOf, tracer } from './trace-context.ts';

/** A span from the sending of an event to its confirm; consumers continue from it. */
export function tracedPublication(event: RecordedEvent): Publication {
  const { traceparent: parent, $correlationId } = event.metadata;
  const span = tracer().startSpan(
    `publish ${event.type}`,
    {
      kind: SpanKind.PRODUCER,
      attributes: {
        'imi.event_id': event.id,
        'imi.correlation_id': $correlationId,
        'imi.position': String(event.position),
      },
    },
    contextOf(parent),
  );
  const traceparent = traceparentOf(span);
  return { ...(traceparent !== undefined && { traceparent }), confirmed: () => span.end() };
}
