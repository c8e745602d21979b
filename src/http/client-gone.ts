import type { FastifyReply } from 'fastify';

/** Aborted when the connection of a request is over, answered or not. */
export function clientGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  if (reply.raw.closed) gone.abort();
  return gone.signal;
}
