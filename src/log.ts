import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import type { Config } from './config.ts';
import { logDestination } from './log-destination.ts';
import { limitRepetitions } from './log-repetitions.ts';
import { redactText } from './redact.ts';

/** An error as the log shows it: a driver's message may quote a URL with its password. */
function safeError(error: unknown): object {
  const { name, message, stack, code } = error as Error & { code?: unknown };
  return {
    type: name,
    message: redactText(String(message)),
    ...(stack !== undefined && { stack: redactText(stack) }),
    ...(code !== undefined && { code }),
  };
}

/** JSON lines on standard output (or `to`); payloads and keys are never handed to it. */
export const createLog = (
  config: Pick<Config, 'logLevel' | 'hostname'>,
  to: DestinationStream = logDestination(),
): Logger =>
  pino(
    {
      level: config.logLevel,
      base: { service: 'imi', host: config.hostname },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: safeError },
      hooks: { logMethod: limitRepetitions() },
    },
    to,
  );
