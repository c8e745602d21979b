import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ImiError } from '../../errors.ts';
import { errorBody, errorResponses } from '../../http/schemas/error.ts';
import { checkHealth, type HealthProbes } from '../health.ts';

export interface OperationOptions {
  readonly version: string;
  readonly uptimeSeconds: () => number;
  readonly probes: HealthProbes;
  /** Whether traffic may come: started, migrated, and not shutting down. */
  readonly isReady: () => boolean | Promise<boolean>;
  /** The metrics in Prometheus' text format. */
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> };
}

const condition = z.enum(['healthy', 'degraded', 'unhealthy']);
const part = z.looseObject({ status: condition });
const health = z
  .object({
    status: condition.describe('unhealthy: reads cannot be served'),
    version: z.string(),
    uptime_seconds: z.number(),
    database: part,
    event_store: part,
    bloodbank: part,
    projections: z.record(
      z.string(),
      z.looseObject({
        status: condition,
        position: z.string().nullable(),
        lag_seconds: z.number(),
      }),
    ),
  })
  .meta({ id: 'Health', description: 'How iMi and what it depends on are' });

const open = { config: { open: true } };
const common = { tags: ['operations'] };

/** `GET /health`, `/ready` (both without a key) and `/metrics` (spec/http.md). */
export const operations =
  (options: OperationOptions): FastifyPluginAsyncZod =>
  async (app) => {
    app.get(
      '/health',
      {
        ...open,
        schema: {
          ...common,
          operationId: 'getHealth',
          summary: 'How iMi is',
          security: [],
          response: { 200: health, 503: health, 500: errorBody },
        },
      },
      async (_request, reply) => {
        const { status, ...parts } = await checkHealth(options.probes);
        reply.code(status === 'unhealthy' ? 503 : 200).header('cache-control', 'no-store');
        const { version, uptimeSeconds } = options;
        return { status, version, uptime_seconds: uptimeSeconds(), ...parts };
      },
    );

    app.get(
      '/ready',
      {
        ...open,
        schema: {
          ...common,
          operationId: 'getReady',
          summary: 'Whether iMi takes traffic',
          security: [],
          response: { 200: z.object({ ready: z.literal(true) }), 500: errorBody, 503: errorBody },
        },
      },
      async () => {
        if (!(await options.isReady())) throw new ImiError('UNAVAILABLE', 'iMi is not ready');
        return { ready: true as const };
      },
    );

    app.get(
      '/metrics',
      {
        schema: {
          ...common,
          operationId: 'getMetrics',
          summary: "Metrics in Prometheus' text format",
          produces: ['text/plain'],
          response: { 200: z.string(), ...errorResponses() },
        },
        // Prometheus' text is no JSON string.
        serializerCompiler: () => (text) => String(text),
      },
      async (_request, reply) => {
        reply.type(options.metrics.contentType);
        return options.metrics.metrics();
      },
    );
  };
