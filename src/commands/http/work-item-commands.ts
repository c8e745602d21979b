import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ImiError } from '../../errors.ts';
import { clientRefusal } from '../../http/client-errors.ts';
import { errorResponses } from '../../http/schemas/error.ts';
import { idParams, uuid } from '../../http/schemas/fields.ts';
import { type WorkItemResource, workItemResource } from '../../http/schemas/work-item.ts';
import { invalidRequest } from '../../http/validation.ts';
import { branchName, count } from '../fields.ts';
import { completeWork, gitStateFields, startWork } from '../work-item-schemas.ts';
import { canonical } from './aliases.ts';
import type { WriteDoor } from './write-door.ts';
import { accepted, rehearsed, writeHeaders, writeQuery } from './write-schemas.ts';

export interface WorkItemCommandOptions {
  readonly door: WriteDoor;
  readonly readWorkItem: (id: string) => Promise<WorkItemResource | null>;
}

const startAliases = { branch: 'branch_name' };
const startBody = z.strictObject({
  ...startWork.shape,
  branch_name: branchName.optional(),
  branch: branchName.optional().describe('Another name for branch_name'),
  source: startWork.shape.source.unwrap().strict().optional(),
  worktree: startWork.shape.worktree.unwrap().unwrap().strict().nullish(),
});

const gitStateAliases = {
  uncommitted: 'has_uncommitted_changes',
  uncommitted_count: 'uncommitted_files_count',
  ahead: 'ahead_of_trunk',
  behind: 'behind_trunk',
};
const gitStateBody = z.strictObject({
  ...gitStateFields,
  uncommitted: z.boolean().optional().describe('Another name for has_uncommitted_changes'),
  uncommitted_count: count.optional().describe('Another name for uncommitted_files_count'),
  ahead: count.optional().describe('Another name for ahead_of_trunk'),
  behind: count.optional().describe('Another name for behind_trunk'),
});

const { completion_type, merge_commit_hash, merged_by, reason } = completeWork.shape;
const completeBody = z.strictObject({ completion_type, merge_commit_hash, merged_by, reason });

const branchParams = z.object({ id: uuid, branch: branchName });
const wildcardParams = z.object({ id: uuid, '*': z.string() });

const common = { tags: ['work'], headers: writeHeaders, querystring: writeQuery };
const changed = {
  200: z.union([workItemResource, rehearsed]),
  202: accepted,
  ...errorResponses(404, 409, 412, 413, 415),
};
const status = { accepted: 200, unchanged: 200 };

/** `POST /work`, git state by id and by branch, `POST /work/{id}/complete` (spec/http.md). */
export const workItemCommands =
  ({ door, readWorkItem }: WorkItemCommandOptions): FastifyPluginAsyncZod =>
  async (app) => {
    const show = (ids: { readonly [name: string]: string }) => readWorkItem(ids.work_item_id ?? '');

    app.post(
      '/work',
      {
        schema: {
          ...common,
          operationId: 'startWork',
          summary: 'Start work on a branch',
          description:
            'One active work item per project and branch. A `plane_ticket` source links its ticket.',
          body: startBody.meta({
            examples: [
              {
                project_id: '3f0e6d1c-1a5b-5d8e-9d8b-6f2f0f1d2c3b',
                branch_name: 'feature/spin',
                work_type: 'feature',
                owner_id: 'agent-7',
                source: { type: 'plane_ticket', ref: 'PROJ-123' },
              },
            ],
          }),
          response: {
            200: rehearsed,
            201: workItemResource,
            202: accepted,
            ...errorResponses(404, 409, 412, 413, 415),
          },
        },
      },
      (request, reply) =>
        door.answer(request, reply, {
          command: 'start_work',
          body: canonical(request.body, startAliases),
          status: { accepted: 201, unchanged: 201 },
          show,
        }),
    );

    app.patch(
      '/work/:id/git-state',
      {
        schema: {
          ...common,
          operationId: 'updateGitState',
          summary: 'Tell the git state of a work item',
          params: idParams,
          body: gitStateBody.meta({
            examples: [{ uncommitted_files_count: 3, ahead_of_trunk: 2 }],
          }),
          response: changed,
        },
      },
      (request, reply) =>
        door.answer(request, reply, {
          command: 'update_git_state',
          body: { ...canonical(request.body, gitStateAliases), work_item_id: request.params.id },
          status,
          show,
        }),
    );

    const byBranch = (projectId: string, branch: string, body: z.infer<typeof gitStateBody>) => ({
      command: 'update_git_state',
      body: { ...canonical(body, gitStateAliases), project_id: projectId, branch_name: branch },
      status,
      show,
    });

    app.patch(
      '/projects/:id/branches/:branch/git-state',
      {
        schema: {
          ...common,
          operationId: 'updateGitStateOfBranch',
          summary: 'Tell the git state of the latest work on a branch',
          description: 'Slashes in the name of the branch may be encoded or not.',
          params: branchParams,
          body: gitStateBody,
          response: changed,
        },
      },
      (request, reply) =>
        door.answer(
          request,
          reply,
          byBranch(request.params.id, request.params.branch, request.body),
        ),
    );

    // The same with the slashes of the branch as they are, which a path parameter cannot take.
    app.patch(
      '/projects/:id/branches/*',
      {
        schema: {
          ...common,
          hide: true,
          params: wildcardParams,
          body: gitStateBody,
          response: changed,
        },
      },
      (request, reply) => {
        const name = /^(.+)\/git-state$/.exec(request.params['*'])?.[1];
        if (name === undefined) throw new ImiError('NOT_FOUND', clientRefusal(404).message);
        const branch = branchName.safeParse(name);
        if (!branch.success) {
          const message = branch.error.issues[0]?.message ?? 'is not valid';
          throw invalidRequest([{ location: 'params', path: 'branch', message }]);
        }
        return door.answer(request, reply, byBranch(request.params.id, branch.data, request.body));
      },
    );

    app.post(
      '/work/:id/complete',
      {
        schema: {
          ...common,
          operationId: 'completeWork',
          summary: 'Complete work as merged, abandoned or superseded',
          params: idParams,
          body: completeBody.meta({
            examples: [{ completion_type: 'merged', merge_commit_hash: 'a1b2c3d4e5f6' }],
          }),
          response: changed,
        },
      },
      (request, reply) =>
        door.answer(request, reply, {
          command: 'complete_work',
          body: { ...request.body, work_item_id: request.params.id },
          status,
          show,
        }),
    );
  };
