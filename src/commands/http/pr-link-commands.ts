import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { errorResponses } from '../../http/schemas/error.ts';
import { uuid } from '../../http/schemas/fields.ts';
import { type PrLinkResource, prLinkResource } from '../../http/schemas/pr-link.ts';
import { linkPr, prStateFields } from '../work-item-pull-request-schemas.ts';
import { canonical } from './aliases.ts';
import type { WriteDoor } from './write-door.ts';
import { accepted, rehearsed, writeHeaders, writeQuery } from './write-schemas.ts';

export interface PrLinkCommandOptions {
  readonly door: WriteDoor;
  readonly readPrLink: (id: string) => Promise<PrLinkResource | null>;
}

const aliases = { branch: 'branch_name' };
const linkBody = z.strictObject({
  ...linkPr.shape,
  branch: linkPr.shape.branch_name.describe('Another name for branch_name'),
});

const common = { tags: ['links'], headers: writeHeaders, querystring: writeQuery };
const changed = {
  200: z.union([prLinkResource, rehearsed]),
  202: accepted,
  ...errorResponses(404, 409, 412, 413, 415),
};

/** `POST /links/pr`: 201 new, 200 when it was there; `PATCH /links/pr/{pr_link_id}` (spec/http.md). */
export const prLinkCommands =
  ({ door, readPrLink }: PrLinkCommandOptions): FastifyPluginAsyncZod =>
  async (app) => {
    const show = (ids: { readonly [name: string]: string }) => readPrLink(ids.pr_link_id ?? '');

    app.post(
      '/links/pr',
      {
        schema: {
          ...common,
          operationId: 'linkPr',
          summary: 'Link a pull request to a work item',
          description:
            'The work item by its id, or by project and branch. A pull request belongs to one work item; a work item may have many, also when it has ended. Linked again it stays as it is: its state moves by PATCH.',
          body: linkBody.meta({
            examples: [
              {
                work_item_id: '9b1c2a34-5d6e-5f70-8a9b-0c1d2e3f4a5b',
                pr_number: 42,
                pr_url: 'https://github.com/acme/widget/pull/42',
                pr_state: 'open',
              },
            ],
          }),
          response: { ...changed, 201: prLinkResource },
        },
      },
      (request, reply) =>
        door.answer(request, reply, {
          command: 'link_pr',
          body: canonical(request.body, aliases),
          status: { accepted: 201, unchanged: 200 },
          show,
        }),
    );

    app.patch(
      '/links/pr/:pr_link_id',
      {
        schema: {
          ...common,
          operationId: 'updatePrState',
          summary: 'Tell that a pull request was merged, closed or reopened',
          description:
            'Open to merged or closed, closed to open; merged is final. A merge completes the work item as merged.',
          params: z.object({ pr_link_id: uuid }),
          body: z
            .strictObject(prStateFields)
            .meta({ examples: [{ pr_state: 'merged', merge_commit_hash: 'a1b2c3d4e5f6' }] }),
          response: changed,
        },
      },
      (request, reply) =>
        door.answer(request, reply, {
          command: 'update_pr_state',
          body: { ...request.body, pr_link_id: request.params.pr_link_id },
          status: { accepted: 200, unchanged: 200 },
          show,
        }),
    );
  };
