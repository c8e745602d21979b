import type { ErrorCode } from '../errors.ts';

/** HTTP status of each code (spec/http.md, "Errors"): validation is 400, never 422. */
export const statusOf: { readonly [code in ErrorCode]: number } = {
  VALIDATION_ERROR: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  PRECONDITION_FAILED: 412,
  RATE_LIMITED: 429,
  INTERNAL_ERROR: 500,
  UNAVAILABLE: 503,
};
