import { SpanKind } from '@opentelemetry/api';
import { withAppend } from '../events/around-append.ts';
import type { EventStore, NewEvent } from '../events/event-store.ts';
import { inSpan } from './spans.ts';
import { traceparentOf } from './trace-context.ts';

/**
 * The same store with a span for each append. The events keep the place of that span in their
 * metadata, so that projecting and publishing them, later and elsewhere, can be told to belong to it.
 * Ids tell the store what it has already, so a repeated append may name another span.
 */
export const tracedAppend = (store: EventStore): EventStore =>
  withAppend(store, (streamId, expected, events) =>
    inSpan(
      'append',
      {
        kind: SpanKind.CLIENT,
        attributes: { 'imi.stream': streamId, 'imi.events': events.map(({ type }) => type) },
      },
      async (span) => {
        const traceparent = traceparentOf(span);
        const { revision, position } = await store.append(
          streamId,
          expected,
          traceparent === undefined ? events : events.map((event) => marked(event, traceparent)),
        );
        span.setAttributes({ 'imi.revision': revision, 'imi.position': String(position) });
        return { revision, position };
      },
    ),
  );

const marked = (event: NewEvent, traceparent: string): NewEvent => ({
  ...event,
  metadata: { ...event.metadata, traceparent },
});
