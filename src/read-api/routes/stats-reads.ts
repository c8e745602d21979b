import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type Consistency, readAfter } from '../../http/consistency.ts';
import { errorResponses } from '../../http/schemas/error.ts';
import { readHeaders, readQuery } from '../../http/schemas/fields.ts';
import { readStats } from '../queries/stats.ts';
import type { ReadDatabase } from '../read-database.ts';

export interface StatsReadOptions extends Consistency {
  readonly db: ReadDatabase;
}

const counts = z.record(z.string(), z.int());

/** `GET /stats` (spec/http.md). */
export const statsReads =
  (options: StatsReadOptions): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('preHandler', readAfter(options));

    app.get(
      '/stats',
      {
        schema: {
          tags: ['operations'],
          operationId: 'getStats',
          summary: 'What there is, counted',
          headers: readHeaders,
          querystring: z.strictObject(readQuery),
          response: {
            200: z.object({
              total_projects: z.int(),
              active_projects: z.int(),
              total_work_items: z.int(),
              active_work_items: z.int(),
              inflight_work_items: z.int(),
              work_items_by_status: counts,
              work_items_by_type: counts,
              total_components: z.int(),
            }),
            ...errorResponses(),
          },
        },
      },
      () => readStats(options.db),
    );
  };
