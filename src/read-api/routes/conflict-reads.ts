import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ImiError } from '../../errors.ts';
import { type Consistency, readAfter } from '../../http/consistency.ts';
import { conflictResource } from '../../http/schemas/conflict.ts';
import { errorResponses } from '../../http/schemas/error.ts';
import {
  queryInteger,
  queryText,
  readHeaders,
  readQuery,
  uuid,
} from '../../http/schemas/fields.ts';
import { invalidRequest } from '../../http/validation.ts';
import { findConflicts } from '../queries/conflicts.ts';
import { findProject, findProjectByOrigin } from '../queries/projects.ts';
import { isWorkItem } from '../queries/work-items.ts';
import { originOf } from '../query-fields.ts';
import type { ReadDatabase } from '../read-database.ts';

export interface ConflictReadOptions extends Consistency {
  readonly db: ReadDatabase;
  readonly remoteHosts: readonly string[];
}

const maxPaths = 500;

/** Repeated, or separated by commas. */
const paths = z
  .preprocess(
    (given) =>
      [given].flat().flatMap((text) => (typeof text === 'string' ? text.split(',') : text)),
    z.array(queryText(4096)).min(1).max(maxPaths),
  )
  .optional()
  .describe(`Relative to the root of the repository; repeated or separated by commas`);

const query = z
  .strictObject({
    ...readQuery,
    work_item_id: uuid.optional().describe('With paths: the one that is not counted among others'),
    project_id: uuid.optional(),
    remote_origin: queryText(500).optional(),
    paths,
    limit: queryInteger(1, 500).default(100).describe('How many at most; 100 when absent'),
  })
  .refine(
    ({ work_item_id, project_id, remote_origin, paths }) =>
      [work_item_id, project_id, remote_origin, paths].some((given) => given !== undefined),
    { path: ['work_item_id'], message: 'give work_item_id, paths, project_id or remote_origin' },
  );

/** `GET /work/conflicts`: who else is at it; advice, never a lock. */
export const conflictReads =
  (options: ConflictReadOptions): FastifyPluginAsyncZod =>
  async (app) => {
    const { db, remoteHosts } = options;
    app.addHook('preHandler', readAfter(options));

    app.get(
      '/work/conflicts',
      {
        schema: {
          tags: ['work'],
          operationId: 'findConflicts',
          summary: 'Active work at the same files, or for the same ticket',
          description:
            'For a work item, for a list of paths (of one project, or of any), or for every two work items of a project. Known from pushes and tool mutations.',
          headers: readHeaders,
          querystring: query,
          response: {
            200: z.object({ items: z.array(conflictResource) }),
            ...errorResponses(404),
          },
        },
      },
      async ({ query: { work_item_id, paths, limit, ...where } }) => {
        const project_id = await projectAt(where);
        if (work_item_id !== undefined) await mustExist(work_item_id);
        return { items: await findConflicts(db, { work_item_id, project_id, paths }, limit) };
      },
    );

    async function projectAt(where: {
      readonly project_id?: string | undefined;
      readonly remote_origin?: string | undefined;
    }): Promise<string | undefined> {
      const { project_id, remote_origin } = where;
      if (project_id === undefined && remote_origin === undefined) return undefined;
      if (project_id !== undefined && remote_origin !== undefined) {
        const message = 'give it or project_id, not both';
        throw invalidRequest([{ location: 'query', path: 'remote_origin', message }]);
      }
      const project =
        project_id === undefined
          ? await findProjectByOrigin(db, originOf(remote_origin ?? '', remoteHosts).key)
          : await findProject(db, project_id);
      if (project) return project.id;
      throw new ImiError('NOT_FOUND', 'Project not found', {
        ...(project_id === undefined ? { remote_origin } : { project_id }),
      });
    }

    async function mustExist(work_item_id: string): Promise<void> {
      if (await isWorkItem(db, work_item_id)) return;
      throw new ImiError('NOT_FOUND', 'Work item not found', { work_item_id });
    }
  };
