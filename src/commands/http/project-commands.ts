import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { errorResponses } from '../../http/schemas/error.ts';
import { idParams } from '../../http/schemas/fields.ts';
import { type ProjectResource, projectResource } from '../../http/schemas/project.ts';
import { registerProject, updateProject } from '../project-schemas.ts';
import type { WriteDoor } from './write-door.ts';
import { accepted, rehearsed, writeHeaders, writeQuery } from './write-schemas.ts';

export interface ProjectCommandOptions {
  readonly door: WriteDoor;
  readonly readProject: (id: string) => Promise<ProjectResource | null>;
}

const registerBody = z.strictObject(registerProject.shape);
const updateBody = updateProject.omit({ project_id: true }).strict();
const common = { tags: ['projects'], headers: writeHeaders, querystring: writeQuery };
const projectOrDryRun = z.union([projectResource, rehearsed]);

/** `POST /projects`, `PATCH` and `DELETE /projects/{id}` (spec/http.md). */
export const projectCommands =
  ({ door, readProject }: ProjectCommandOptions): FastifyPluginAsyncZod =>
  async (app) => {
    const show = (ids: { readonly [name: string]: string }) => readProject(ids.project_id ?? '');

    app.post(
      '/projects',
      {
        schema: {
          ...common,
          operationId: 'registerProject',
          summary: 'Register a project, or bring an inactive one back',
          description: '201 when it is new or reactivated, 200 when it was active already.',
          body: registerBody.meta({
            examples: [{ name: 'widget', remote_origin: 'git@github.com:acme/widget.git' }],
          }),
          response: {
            200: projectOrDryRun,
            201: projectResource,
            202: accepted,
            ...errorResponses(409, 412, 413, 415),
          },
        },
      },
      (request, reply) =>
        door.answer(request, reply, {
          command: 'register_project',
          body: request.body,
          status: { accepted: 201, unchanged: 200 },
          show,
        }),
    );

    app.patch(
      '/projects/:id',
      {
        schema: {
          ...common,
          operationId: 'updateProject',
          summary: 'Change a project',
          description: '`metadata` is a JSON Merge Patch (RFC 7396).',
          params: idParams,
          body: updateBody.meta({ examples: [{ metadata: { team: 'core' } }] }),
          response: {
            200: projectOrDryRun,
            202: accepted,
            ...errorResponses(404, 409, 412, 413, 415),
          },
        },
      },
      (request, reply) =>
        door.answer(request, reply, {
          command: 'update_project',
          body: { ...request.body, project_id: request.params.id },
          status: { accepted: 200, unchanged: 200 },
          show,
        }),
    );

    app.delete(
      '/projects/:id',
      {
        schema: {
          ...common,
          operationId: 'deactivateProject',
          summary: 'Deactivate a project; its active work is completed as abandoned',
          params: idParams,
          response: {
            200: rehearsed,
            202: accepted,
            204: z.undefined().describe('The project is inactive'),
            ...errorResponses(404, 409, 412, 413, 415),
          },
        },
      },
      (request, reply) =>
        door.answer(request, reply, {
          command: 'deactivate_project',
          body: { project_id: request.params.id },
          status: { accepted: 204, unchanged: 204 },
          show: async () => undefined,
        }),
    );
  };
