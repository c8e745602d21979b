import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { toUuid } from '../events/ids.ts';

const header = 'x-correlation-id';
const maxLength = 255;

function given(request: Pick<IncomingMessage, 'headers'>): string | undefined {
  const value = request.headers[header];
  return typeof value === 'string' && value !== '' && value.length <= maxLength ? value : undefined;
}

/**
 * The correlation id of a request, which is also its id in the log: `X-Correlation-Id` as a UUID,
 * or a fresh one when it is absent or longer than 255 characters.
 */
export const correlationIdOf = (
  request: Pick<IncomingMessage, 'headers'>,
  newId: () => string,
): string => {
  const id = given(request);
  return id === undefined ? newId() : toUuid(id);
};

/** Echoes the correlation id, as the client wrote it, with an answer. */
export function echoCorrelation(request: FastifyRequest, reply: FastifyReply): void {
  reply.header(header, given(request) ?? request.id);
}

/** Echoes the correlation id with every answer of a route. */
export function addCorrelation(app: FastifyInstance): void {
  // A promise for each request, here and in the other hooks, costs more than what they do.
  app.addHook('onRequest', (request, reply, done) => {
    echoCorrelation(request, reply);
    done();
  });
}
