import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type Consistency, readAfter } from '../../http/consistency.ts';
import { errorResponses } from '../../http/schemas/error.ts';
import { queryText, readHeaders, readQuery, uuid } from '../../http/schemas/fields.ts';
import { pageOf, pageQuery } from '../../http/schemas/page.ts';
import { untrackedWorkResource } from '../../http/schemas/untracked-work.ts';
import { listUntrackedWork } from '../queries/untracked-work.ts';
import { originOf } from '../query-fields.ts';
import type { ReadDatabase } from '../read-database.ts';

export interface UntrackedReadOptions extends Consistency {
  readonly db: ReadDatabase;
  readonly remoteHosts: readonly string[];
}

/** `GET /work/untracked`: what moves without being registered (spec/bloodbank.md). */
export const untrackedReads =
  (options: UntrackedReadOptions): FastifyPluginAsyncZod =>
  async (app) => {
    const { db, remoteHosts } = options;
    app.addHook('preHandler', readAfter(options));

    app.get(
      '/work/untracked',
      {
        schema: {
          tags: ['work'],
          operationId: 'listUntrackedWork',
          summary: 'Branches and checkouts that move and that nobody registered',
          description:
            'Seen in pushes, pull requests, tool mutations and syncs. What is seen here belongs to the work item as soon as one is started on the branch.',
          headers: readHeaders,
          querystring: z.strictObject({
            ...readQuery,
            ...pageQuery,
            project_id: uuid.optional(),
            remote_origin: queryText(500).optional(),
            agent_id: queryText(200).optional(),
            include: z.literal('deleted').optional().describe('Branches that are gone again too'),
          }),
          response: { 200: pageOf(untrackedWorkResource), ...errorResponses() },
        },
      },
      async ({ query: { offset, limit, project_id, remote_origin, agent_id, include } }) => {
        const origin_key = remote_origin && originOf(remote_origin, remoteHosts).key;
        const filter = { project_id, origin_key, agent_id, deleted: include === 'deleted' };
        return { ...(await listUntrackedWork(db, filter, { offset, limit })), offset, limit };
      },
    );
  };
