import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  trace,
} from '@opentelemetry/api';

/** The tracer of all of iMi's spans. */
export const tracer = () => trace.getTracer('imi');

/** The context that a W3C `traceparent` names; a root when it is absent or is none. */
export const contextOf = (traceparent: string | undefined): Context =>
  traceparent === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent });

/** Runs work so that the spans in it continue the trace of a message or a request. */
export const inTraceOf = <T>(traceparent: string | undefined, work: () => T): T =>
  context.with(contextOf(traceparent), work);

/** What tells another process, or a later step, of this span. */
export function traceparentOf(span: Span): string | undefined {
  const carrier: { traceparent?: string } = {};
  propagation.inject(trace.setSpan(ROOT_CONTEXT, span), carrier);
  return carrier.traceparent;
}
