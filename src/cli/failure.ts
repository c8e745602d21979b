import { CommanderError } from 'commander';
import { ConfigError } from '../config.ts';
import { type ErrorCode, ImiError, type Refusal } from '../errors.ts';
import { redactText } from '../redact.ts';

/** What the command ends with; the help shows the same. */
export const exitCodes = { done: 0, refused: 1, usage: 2, away: 3 } as const;

/** The command was called in a way that cannot work. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The service, or a store that an operator's command works on, does not answer. */
export class AwayError extends Error {
  override readonly name = 'AwayError';
}

const remedies: { readonly [code in ErrorCode]: string } = {
  VALIDATION_ERROR: 'Correct the fields named above; --help shows what the command takes.',
  NOT_FOUND: 'Look for it with "imi projects list --all" or "imi work list".',
  CONFLICT: 'The facts above say with what; "imi work get <id>" or "imi history" tells more.',
  UNAUTHORIZED: 'Set IMI_API_KEY to a key that the service knows.',
  FORBIDDEN: 'Set IMI_API_KEY to a key with write scope.',
  PRECONDITION_FAILED: 'Read it again and repeat the command.',
  RATE_LIMITED: 'Wait a minute, or have IMI_RATE_LIMIT of the service raised.',
  UNAVAILABLE: 'Try again; "imi health" shows what is away.',
  INTERNAL_ERROR:
    'The log of the service has the details, under the correlation id of the request.',
};

/** The code to end with after an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
  if (error instanceof UsageError || error instanceof ConfigError) return exitCodes.usage;
  if (error instanceof AwayError) return exitCodes.away;
  const unavailable = error instanceof ImiError && error.code === 'UNAVAILABLE';
  return unavailable ? exitCodes.away : exitCodes.refused;
}

/**
 * What to say about an error: the code, the message and what to do for people, the coded form of
 * the API for programs. Empty when it was said already.
 */
export function explain(error: unknown, asJson: boolean): string {
  // Commander has written its own message.
  if (error instanceof CommanderError) return '';
  if (asJson) return `${JSON.stringify({ detail: refusalOf(error) })}\n`;
  const message = redactText(error instanceof Error ? error.message : String(error));
  if (!(error instanceof ImiError)) return `imi: ${message}\n`;
  const { code, params } = error;
  const facts = Object.entries(params)
    .filter(([name]) => name !== 'errors')
    .map(([name, value]) => `  ${name}: ${JSON.stringify(value)}\n`);
  return `imi: ${code}: ${message}\n${facts.join('')}  ${remedies[code]}\n`;
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof ImiError) return error.refusal;
  const message = redactText(error instanceof Error ? error.message : String(error));
  const code = { 2: 'VALIDATION_ERROR', 3: 'UNAVAILABLE' }[exitCodeOf(error)] ?? 'INTERNAL_ERROR';
  return { code: code as ErrorCode, message, params: {} };
}
