import type { z } from 'zod';
import type { Refusal } from '../errors.ts';
import { redactText } from '../redact.ts';

const maxErrors = 20;
const maxPathLength = 200;

/** The refusal for a body that does not fit its schema: each bad field by its path, never its value. */
export function validationRefusal(error: z.ZodError): Refusal {
  const errors = error.issues
    .slice(0, maxErrors)
    .map((issue) => ({ path: pathOf(issue), message: issue.message }));
  const fields = errors.map(({ path, message }) => (path ? `${path}: ${message}` : message));
  return {
    code: 'VALIDATION_ERROR',
    message: `The command is not valid: ${fields.slice(0, 3).join('; ')}`,
    params: { errors },
  };
}

/** A field of a free object may be named by a credential that was put into the wrong place. */
const pathOf = (issue: z.core.$ZodIssue): string =>
  redactText(issue.path.map(String).join('.').slice(0, maxPathLength));
