import type { Tracing } from './started-tracing.ts';

export type { Tracing } from './started-tracing.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Starts to send traces to an OTLP receiver when OpenTelemetry's standard variables name one
 * (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`), and answers null when they
 * do not, or switch it off. OpenTelemetry is loaded only then. A receiver that is away costs the
 * traces and nothing else.
 */
export async function startTracing(env: Environment, version: string): Promise<Tracing | null> {
  if (!isWanted(env)) return null;
  const { startedTracing } = await import('./started-tracing.ts');
  return startedTracing(env, version);
}

const isWanted = (env: Environment): boolean =>
  Boolean(env.OTEL_EXPORTER_OTLP_ENDPOINT || env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) &&
  env.OTEL_SDK_DISABLED?.toLowerCase() !== 'true' &&
  env.OTEL_TRACES_EXPORTER?.toLowerCase() !== 'none';
