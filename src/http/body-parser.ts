import type { FastifyInstance, FastifyRequest } from 'fastify';
import { unstorablePath } from '../storable-text.ts';
import { notUtf8 } from './client-errors.ts';
import { invalidRequest } from './validation.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

const unsupported = (): Error => Object.assign(new Error('Unsupported body'), { statusCode: 415 });

/**
 * Takes bodies in JSON only; every other type, and compressed or not UTF-8 ones, are a 415.
 * An empty body is none: many clients name a content type on a DELETE without one. Text that no
 * store could hold is refused here, before it becomes an event that cannot be projected.
 */
export function addBodyParser(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<Buffer>(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'buffer' },
    (request, bytes, done) => {
      const text = textOf(request, bytes);
      if (text instanceof Error) {
        done(text);
        return;
      }
      if (text === '') {
        done(null, undefined);
        return;
      }
      parse(request, text, (error, body) => {
        if (error) {
          done(Object.assign(error, { code: 'FST_ERR_CTP_INVALID_JSON_BODY', statusCode: 400 }));
          return;
        }
        const path = unstorablePath(body);
        const message = 'contains NUL, broken Unicode or a number beyond all bounds';
        if (path !== null) done(invalidRequest([{ location: 'body', path, message }]));
        else done(null, body);
      });
    },
  );
}

/**
 * The text of a body; the error for one that is compressed or said to be in another charset (415),
 * or is not UTF-8 (400): decoding it all the same would put other characters in its place.
 */
export function textOf(
  { headers }: Pick<FastifyRequest, 'headers'>,
  bytes: Buffer,
): string | Error {
  const { 'content-encoding': encoding = 'identity', 'content-type': type = '' } = headers;
  const charset = /charset\s*=\s*"?([^;"\s]+)/i.exec(type)?.[1] ?? 'utf-8';
  if (encoding !== 'identity' || !/^(utf-?8|us-ascii)$/i.test(charset)) return unsupported();
  try {
    return utf8.decode(bytes);
  } catch {
    return Object.assign(new Error('Not UTF-8'), { code: notUtf8, statusCode: 400 });
  }
}
