import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ImiError } from '../../errors.ts';
import { type Consistency, readAfter } from '../../http/consistency.ts';
import { asOf, asOfParams } from '../../http/schemas/as-of.ts';
import { deployResource } from '../../http/schemas/deploy.ts';
import { errorResponses } from '../../http/schemas/error.ts';
import { queryText, readHeaders, readQuery, uuid } from '../../http/schemas/fields.ts';
import { pageOf, pageQuery } from '../../http/schemas/page.ts';
import { prLinkResource } from '../../http/schemas/pr-link.ts';
import { ticketLinkResource } from '../../http/schemas/ticket-link.ts';
import { readerAt } from '../as-of.ts';
import { deploysOfWork } from '../queries/deploys.ts';
import { linksOfWorkItem } from '../queries/links-of-work.ts';
import { linksOfTicket } from '../queries/ticket-links.ts';
import { isWorkItem } from '../queries/work-items.ts';
import type { ReadDatabase } from '../read-database.ts';

export interface LinkReadOptions extends Consistency {
  readonly db: ReadDatabase;
}

const common = { tags: ['links'], headers: readHeaders };

/** The links of a work item, and of a ticket (spec/http.md). */
export const linkReads =
  (options: LinkReadOptions): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('preHandler', readAfter(options));

    app.get(
      '/links',
      {
        schema: {
          ...common,
          operationId: 'getLinksOfWork',
          summary: 'What a work item is linked to',
          querystring: z.strictObject({ ...readQuery, as_of: asOf, work_item_id: uuid }),
          response: {
            200: z.object({
              work_item_id: uuid,
              tickets: z.array(ticketLinkResource),
              prs: z.array(prLinkResource),
              deploys: z.array(deployResource),
            }),
            ...errorResponses(404),
          },
        },
      },
      async ({ query: { work_item_id, as_of } }) => {
        const from = readerAt(options.db, as_of);
        if (!(await isWorkItem(from, work_item_id))) {
          const params = { work_item_id, ...asOfParams(as_of) };
          throw new ImiError('NOT_FOUND', 'Work item not found', params);
        }
        const [links, deploys] = await Promise.all([
          linksOfWorkItem(from, work_item_id),
          deploysOfWork(from, [work_item_id]),
        ]);
        return { work_item_id, ...links, deploys };
      },
    );

    app.get(
      '/links/ticket/:plane_ticket_id',
      {
        schema: {
          ...common,
          operationId: 'getLinksOfTicket',
          summary: 'The work items that a ticket is linked to',
          params: z.object({ plane_ticket_id: queryText(100) }),
          querystring: z.strictObject({ ...readQuery, as_of: asOf, ...pageQuery }),
          response: { 200: pageOf(ticketLinkResource), ...errorResponses() },
        },
      },
      async ({ params: { plane_ticket_id }, query: { offset, limit, as_of } }) => {
        const list = await linksOfTicket(readerAt(options.db, as_of), plane_ticket_id, {
          offset,
          limit,
        });
        return { ...list, offset, limit };
      },
    );
  };
