import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ImiError } from '../errors.ts';
import { errorResponses } from './schemas/error.ts';

/** Puts a message on the bus; answers whether any queue is bound for its routing key. */
export type PublishToBus = (routingKey: string, body: Buffer) => Promise<boolean>;

const routingKey = z.string().regex(/^[a-z0-9_.-]{1,255}$/i, 'must be a routing key');

/**
 * The way onto the bus for other processes while it lives in this one: they have no broker to
 * connect to. Takes any JSON, in whatever envelope, as Bloodbank would; 202 when a queue has it.
 */
export const inProcessBusRoutes =
  (publish: PublishToBus): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(
      '/embedded/bloodbank/:routing_key',
      {
        schema: {
          tags: ['embedded'],
          operationId: 'publishToEmbeddedBus',
          summary: 'Publish a message on the bus in process (embedded default only)',
          params: z.object({ routing_key: routingKey }),
          body: z.unknown(),
          response: { 202: z.object({ routing_key: z.string() }), ...errorResponses(404) },
        },
      },
      async (request, reply) => {
        const { routing_key } = request.params;
        if (!(await publish(routing_key, Buffer.from(JSON.stringify(request.body))))) {
          throw new ImiError('NOT_FOUND', 'No queue takes messages of this routing key', {
            routing_key,
          });
        }
        return reply.code(202).send({ routing_key });
      },
    );
  };
