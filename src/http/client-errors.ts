import type { Refusal } from '../errors.ts';

/** Answers to what Fastify or Node refuses before a route sees it, by status; all else is a 400. */
const refusals: { readonly [status: number]: Pick<Refusal, 'code' | 'message'> } = {
  400: { code: 'VALIDATION_ERROR', message: 'The request cannot be read' },
  403: { code: 'FORBIDDEN', message: 'This is not for reading' },
  404: { code: 'NOT_FOUND', message: 'There is nothing under this method and path' },
  408: { code: 'VALIDATION_ERROR', message: 'The request took too long to arrive' },
  413: { code: 'VALIDATION_ERROR', message: 'The body is too large' },
  414: { code: 'VALIDATION_ERROR', message: 'The path is too long' },
  415: { code: 'VALIDATION_ERROR', message: 'The body must be JSON, in UTF-8, not compressed' },
  417: { code: 'VALIDATION_ERROR', message: 'The only Expect that is met is 100-continue' },
  429: { code: 'RATE_LIMITED', message: 'Too many requests; try again later' },
  431: { code: 'VALIDATION_ERROR', message: 'The headers are too large' },
};

export const notUtf8 = 'IMI_ERR_BODY_NOT_UTF8';

const messages: { readonly [fastifyCode: string]: string } = {
  FST_ERR_BAD_URL: 'The path is not a valid URL path',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not valid JSON',
  [notUtf8]: 'The body is not UTF-8',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as Content-Length says',
};

/**
 * The coded answer to a client error of the framework. The framework's own message is not passed
 * on: it can quote the body.
 */
export function clientRefusal(status: number, frameworkCode = ''): Refusal {
  const { code, message } = refusals[status] ?? {
    code: 'VALIDATION_ERROR',
    message: 'The request cannot be read',
  };
  return { code, message: messages[frameworkCode] ?? message, params: {} };
}
