import { inTraceOf } from './trace-context.ts';
import { tracedAppend } from './traced-append.ts';
import { tracedCommands } from './traced-commands.ts';
import { tracedProjection } from './traced-projection.ts';
import { tracedPublication } from './traced-publication.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the rooms of iMi need to show a command on its way through them. */
export interface Tracing {
  readonly commands: typeof tracedCommands;
  readonly append: typeof tracedAppend;
  readonly projection: typeof tracedProjection;
  readonly publication: typeof tracedPublication;
  readonly inTraceOf: typeof inTraceOf;
  /** Sends what has not been sent; gives up after a while. */
  close(): Promise<void>;
}

/**
 * Starts to send traces to an OTLP receiver when OpenTelemetry's standard variables name one
 * (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`), and answers null when they
 * do not, or switch it off. The SDK is loaded only then. A receiver that is away costs the traces and
 * nothing else.
 */
export async function startTracing(env: Environment, version: string): Promise<Tracing | null> {
  if (!isWanted(env)) return null;
  const { startSdk } = await import('./sdk.ts');
  const close = startSdk(env, version);
  return {
    commands: tracedCommands,
    append: tracedAppend,
    projection: tracedProjection,
    publication: tracedPublication,
    inTraceOf,
    close,
  };
}

const isWanted = (env: Environment): boolean =>
  Boolean(env.OTEL_EXPORTER_OTLP_ENDPOINT || env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) &&
  env.OTEL_SDK_DISABLED?.toLowerCase() !== 'true' &&
  env.OTEL_TRACES_EXPORTER?.toLowerCase() !== 'none';
