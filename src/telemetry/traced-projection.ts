import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import type { RecordedEvent } from '../events/event-store.ts';
import { contextOf, tracer } from './trace-context.ts';

// Also what the SDK would keep; a batch of a catch-up may hold thousands.
const maxLinks = 128;

/** Tells of a batch that was projected, with links to the commands that its events come from. */
export function tracedProjection(events: readonly RecordedEvent[], seconds: number): void {
  const ended = Date.now();
  const linked = events.filter(({ metadata }) => metadata.traceparent !== undefined);
  const links = linked.slice(0, maxLinks).flatMap(({ metadata }) => {
    const spanContext = trace.getSpanContext(contextOf(metadata.traceparent));
    return spanContext === undefined ? [] : [{ context: spanContext }];
  });
  tracer()
    .startSpan(
      'project',
      {
        kind: SpanKind.CONSUMER,
        startTime: ended - seconds * 1000,
        links,
        attributes: {
          'imi.events': events.length,
          'imi.position': String(events.at(-1)?.position ?? ''),
        },
      },
      ROOT_CONTEXT,
    )
    .end(ended);
}
