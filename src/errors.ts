import type { JsonObject } from './events/event-store.ts';

/** Every code a client can see, over HTTP, Bloodbank and the CLI alike (spec/domain.md, "Commands"). */
export const errorCodes = [
  'VALIDATION_ERROR',
  'NOT_FOUND',
  'CONFLICT',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'PRECONDITION_FAILED',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'INTERNAL_ERROR',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** A refusal as data: what every door turns into its own form of answer. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly params: JsonObject;
}

/** A refusal that travels as an exception. */
export class ImiError extends Error {
  override readonly name = 'ImiError';
  readonly code: ErrorCode;
  readonly params: JsonObject;

  constructor(code: ErrorCode, message: string, params: JsonObject = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.params = params;
  }

  get refusal(): Refusal {
    return { code: this.code, message: this.message, params: this.params };
  }
}
