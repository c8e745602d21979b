import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ImiError, type Refusal } from '../errors.ts';
import { StoreUnavailableError } from '../events/event-store.ts';
import { redact, redactText } from '../redact.ts';
import { clientRefusal } from './client-errors.ts';
import { statusOf } from './status.ts';

export interface ErrorOptions {
  /** Whether an error says that a store is away or its pool exhausted, so that a retry may help. */
  readonly isUnavailable: (error: unknown) => boolean;
}

interface Answer {
  readonly status: number;
  readonly refusal: Refusal;
}

const retryAfterSeconds = '1';

/**
 * Makes every error answer `{"detail": {code, message, params}}` (spec/http.md, "Errors"), unknown
 * routes included. What nobody foresaw is logged whole and answered as a bare 500.
 */
export function addErrorHandling(app: FastifyInstance, options: ErrorOptions): void {
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, options));
  app.setNotFoundHandler((_request, reply) => {
    send(reply, { status: 404, refusal: clientRefusal(404) });
  });
}

/** Answers one error; also for errors that Fastify hands out before any route was found. */
export function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  options: ErrorOptions,
): void {
  const answer = answerTo(error, options);
  if (answer.status >= 500) request.log.error({ err: error }, answer.refusal.message);
  send(reply, answer);
}

function answerTo(error: unknown, { isUnavailable }: ErrorOptions): Answer {
  if (error instanceof ImiError && error.code !== 'INTERNAL_ERROR') {
    return { status: statusOf[error.code], refusal: error.refusal };
  }
  if (error instanceof StoreUnavailableError || isUnavailable(error)) {
    const message = 'A store that iMi needs is away or overloaded; try again';
    return { status: 503, refusal: { code: 'UNAVAILABLE', message, params: {} } };
  }
  const { statusCode, code } = (error ?? {}) as Partial<FastifyError>;
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return { status: statusCode, refusal: clientRefusal(statusCode, code) };
  }
  const message = 'Something went wrong inside iMi; the log has the details';
  return { status: 500, refusal: { code: 'INTERNAL_ERROR', message, params: {} } };
}

function send(reply: FastifyReply, { status, refusal }: Answer): void {
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="iMi"');
  if (status === 503) reply.header('retry-after', retryAfterSeconds);
  // Not through the route's response schema: an error must be answered whatever the route foresaw.
  reply
    .code(status)
    .type('application/json; charset=utf-8')
    .serializer((payload: unknown) => JSON.stringify(payload))
    // A credential may stand where nobody expects one: in a path, or as the name of a field.
    .send({
      detail: {
        code: refusal.code,
        message: redactText(refusal.message),
        params: redact(refusal.params),
      },
    });
}
