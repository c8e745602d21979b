import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { once } from '../once.ts';

/**
 * OpenAPI 3.1 at `/openapi.json` and pages to try it at `/docs`, for the routes added after this.
 * Most processes are never asked: what makes and shows the document is loaded with the first request.
 */
export function addDocumentation(app: FastifyInstance, version: string): void {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    const { hide } = (route.schema ?? {}) as { readonly hide?: boolean };
    if (!hide && route.method !== 'HEAD') routes.push(route);
  });
  const site = once(async () => {
    const { documentationSite } = await import('./documentation-site.ts');
    return documentationSite(routes, version);
  });
  const page = async (request: FastifyRequest, reply: FastifyReply) => {
    const { url, headers: asked } = request;
    const { statusCode, headers, rawPayload } = await (await site()).inject({
      url,
      headers: asked,
    });
    // About the connection it did not come through.
    delete headers.connection;
    return reply.code(statusCode).headers(headers).send(rawPayload);
  };
  const options = { schema: { hide: true } };
  app.get('/docs', options, page);
  app.get('/docs/*', options, page);
  app.get('/openapi.json', options, async () => (await site()).swagger());
  app.get('/', options, async (_request, reply) => reply.redirect('/docs'));
}
