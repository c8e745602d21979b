import type { FastifyInstance } from 'fastify';
import { textOf } from './body-parser.ts';

/** Takes bodies in TOML beside JSON, on the routes of this plugin: the same as `{"toml": "…"}`. */
export function addTomlParser(app: FastifyInstance): void {
  app.addContentTypeParser<Buffer>(
    ['text/toml', 'application/toml'],
    { parseAs: 'buffer' },
    (request, bytes, done) => {
      const toml = textOf(request, bytes);
      if (toml instanceof Error) done(toml);
      else done(null, { toml });
    },
  );
}
