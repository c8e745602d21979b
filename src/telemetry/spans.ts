import { context, type Span, type SpanOptions, SpanStatusCode, trace } from '@opentelemetry/api';
import { tracer } from './trace-context.ts';

/** Runs work in a span, which is the parent of those that the work starts. What it throws marks the span. */
export async function inSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = tracer().startSpan(name, options);
  try {
    return await context.with(trace.setSpan(context.active(), span), () => work(span));
  } catch (error) {
    // The name only: a message may quote what was asked.
    const { name: message } = error instanceof Error ? error : { name: typeof error };
    span.setStatus({ code: SpanStatusCode.ERROR, message });
    throw error;
  } finally {
    span.end();
  }
}
