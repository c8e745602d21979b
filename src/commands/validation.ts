import type { z } from 'zod';
import type { Refusal } from '../errors.ts';

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

/** The name of a field may be as long as a message, and is part of every refusal that is recorded. */
const pathOf = ({ path }: z.core.$ZodIssue): string => path.join('.').slice(0, maxPathLength);
