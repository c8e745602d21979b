import { startSdk } from './sdk.ts';
import { inTraceOf } from './trace-context.ts';
import { tracedAppend } from './traced-append.ts';
import { tracedCommands } from './traced-commands.ts';
import { tracedProjection } from './traced-projection.ts';
import { tracedPublication } from './traced-publication.ts';

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

/** Starts the SDK by OpenTelemetry's variables; answers all that traces by it. */
export function startedTracing(
  env: Readonly<Record<string, string | undefined>>,
  version: string,
): Tracing {
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
