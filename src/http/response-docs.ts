import type { OpenAPIV3_1 } from 'openapi-types';

/** What a status means here, for the documentation of routes that do not say it themselves. */
const meanings: { readonly [status: string]: string } = {
  200: 'Done, or as it is',
  201: 'New',
  202: 'Durable; the read model will show it',
  204: 'Done',
  304: 'Not changed',
  400: 'The request is not valid; `params.errors` names each bad field',
  401: 'No valid API key',
  403: 'The API key may read only',
  404: 'There is no such thing',
  409: 'It contradicts what is; `params` says with what',
  412: 'The entity has another revision than `If-Match`',
  413: 'The body is too large',
  415: 'The body is not JSON',
  429: 'Too many requests',
  500: 'iMi is at fault; the log has the details',
  503: 'A store is away, or the read model not so far yet; try again',
};

const header = (description: string): OpenAPIV3_1.HeaderObject => ({
  description,
  schema: { type: 'string' },
});
const correlation = header('As the client gave it, or a fresh one');
const retryAfter = header('Seconds');
const position = header('Position of the outcome, for `Imi-After`');
const etag = header('Revision of the entity, for `If-Match`');

type Response = OpenAPIV3_1.ResponseObject;

/**
 * Adds what schemas of bodies cannot say: the meaning of each status, the headers of answers, and
 * that errors are JSON on routes whose answers are not.
 */
export function describeResponses(document: Partial<OpenAPIV3_1.Document>): void {
  for (const path of Object.values(document.paths ?? {})) {
    for (const method of ['get', 'post', 'patch', 'delete'] as const) {
      for (const [status, response] of Object.entries(path?.[method]?.responses ?? {})) {
        describe(response as Response, status, method !== 'get');
      }
    }
  }
}

function describe(response: Response, status: string, isWrite: boolean): void {
  // The plugin's own words for "nobody said anything".
  if (response.description === 'Default Response') {
    response.description = meanings[status] ?? response.description;
  }
  const [content] = Object.values(response.content ?? {});
  if (content && Number(status) >= 400) response.content = { 'application/json': content };
  const isWritten = isWrite && status.startsWith('2');
  response.headers = {
    'X-Correlation-Id': correlation,
    ...(['429', '503'].includes(status) && { 'Retry-After': retryAfter }),
    ...(isWritten && { 'Imi-Position': position, ETag: etag }),
  };
}
