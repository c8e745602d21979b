import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type DeployResource, deployResource } from '../../http/schemas/deploy.ts';
import { errorResponses } from '../../http/schemas/error.ts';
import { recordDeploy } from '../deploy-schemas.ts';
import { canonical } from './aliases.ts';
import type { WriteDoor } from './write-door.ts';
import { accepted, rehearsed, writeHeaders, writeQuery } from './write-schemas.ts';

export interface DeployCommandOptions {
  readonly door: WriteDoor;
  readonly readDeploy: (deployId: string) => Promise<DeployResource | null>;
}

const aliases = { repo: 'remote_origin' };

/** `POST /links/deploy` (spec/http.md): 201 when it tells something new, 200 when all was known. */
export const deployCommands =
  ({ door, readDeploy }: DeployCommandOptions): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(
      '/links/deploy',
      {
        schema: {
          tags: ['links'],
          operationId: 'recordDeploy',
          summary: 'Record a deploy and the work it ships',
          description:
            'It ships the work item it names, and all work whose merge commit, last commit or pushed commits are the deployed commit or among `deployment_commits`, whether that is known by now or comes later.',
          headers: writeHeaders,
          querystring: writeQuery,
          body: z.strictObject(recordDeploy.shape).meta({
            examples: [
              {
                deploy_id: 'deploy-7',
                environment: 'production',
                repo: 'acme/widget',
                commit_hash: 'a1b2c3d4e5f6',
              },
            ],
          }),
          response: {
            200: z.union([deployResource, rehearsed]),
            201: deployResource,
            202: accepted,
            ...errorResponses(404, 409, 412, 413, 415),
          },
        },
      },
      (request, reply) =>
        door.answer(request, reply, {
          command: 'record_deploy',
          body: canonical(request.body, aliases),
          status: { accepted: 201, unchanged: 200 },
          show: (ids) => readDeploy(ids.deploy_id ?? ''),
        }),
    );
  };
